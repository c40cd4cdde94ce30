// The monitor: how long a long run takes to open, what watching a live one costs, and how often it draws.
//
//   node bench/tui.js [EVENTS=100000] [SECONDS=30]     needs: npm run build, tmux
//
// Opening is timed from the start of the program to the picture, in a terminal of 200 × 50, Node's own start beside it; the live
// run tells of ten steps a second. Processor time is of the monitor's process alone, in per cent of one core.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { resolveRunOptions, withRunLock } from '@otzyv/trainer';

const [events = 100_000, seconds = 30] = process.argv.slice(2).map(Number);
const MONITOR = fileURLToPath(new URL('../apps/tui/bin/otzyv-tui.js', import.meta.url));
const HERTZ = Number(execFileSync('getconf', ['CLK_TCK']));
const root = mkdtempSync(join(tmpdir(), 'otzyv-tui-bench-'));
let server = '';
const tmux = (...args) =>
  execFileSync('tmux', ['-L', server, '-f', '/dev/null', '-u', ...args], { encoding: 'utf8' });

const STEPS_PER_EPOCH = 1000;
const totalSteps = 10 * events;
const line = (event, i) =>
  `${JSON.stringify({ v: 1, time: new Date(Date.UTC(2026, 0, 1) + i * 100).toISOString(), ...event })}\n`;
const stepLine = (step) => {
  const epoch = step / STEPS_PER_EPOCH;
  const loss = 2 / (1 + step / 5000) + 0.2 * Math.sin(step);
  const rest = { gradientNorm: 1 + Math.cos(step) / 2, learningRate: 2e-5 * (1 - step / totalSteps) };
  const steps = line(
    { type: 'step', step, totalSteps, epoch, loss, ...rest, examples: 16, tokens: 400, elapsedMs: 100 },
    step,
  );
  if (step % STEPS_PER_EPOCH !== 0) return steps;
  const metrics = { f1_weighted: 1 - 1 / (1 + epoch), accuracy: 1 - 1 / (1 + epoch) };
  return steps + line({ type: 'eval', step, epoch, metrics, isBest: true, elapsedMs: 900 }, step);
};

function makeRun(folder, steps) {
  mkdirSync(folder, { recursive: true });
  const options = resolveRunOptions({
    model: 'micro',
    trainFile: 'reviews.csv',
    output: folder,
    epochs: totalSteps / STEPS_PER_EPOCH,
  });
  writeFileSync(join(folder, 'run.json'), '{}');
  let log = line({ type: 'run.started', options }, 0);
  for (let step = 1; step <= steps; step++) log += stepLine(step);
  writeFileSync(join(folder, 'events.jsonl'), log);
}

/** Until the loss of the run stands on the screen. */
async function opened(folder) {
  server = `otzyv-bench-${process.pid}-${performance.now()}`;
  const begun = performance.now();
  const command = `sh -c 'echo $$ > ${root}/pid; LC_ALL=C.UTF-8 exec ${process.execPath} ${MONITOR} ${folder}'`;
  tmux('new-session', '-d', '-x', '200', '-y', '50', command);
  while (!tmux('capture-pane', '-p').includes('smoothed')) await sleep(10);
  return { ms: performance.now() - begun, pid: Number(readFileSync(join(root, 'pid'), 'utf8')) };
}

function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / HERTZ;
}

function megabytes(pid, field) {
  return Math.round(
    Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024,
  );
}

const rows = [];
const say = (what, value) => rows.push({ what, value });
try {
  const node = performance.now();
  spawnSync(process.execPath, ['--eval', '0']);
  say('start of Node alone', `${Math.round(performance.now() - node)} ms`);

  for (const steps of [100, events]) {
    const folder = join(root, `run-${steps}`);
    makeRun(folder, steps);
    const { ms, pid } = await opened(folder);
    say(
      `${steps.toLocaleString('en-US')} events, opened`,
      `${Math.round(ms)} ms, ${cpuSeconds(pid).toFixed(2)} s of processor, ${megabytes(pid, 'VmHWM')} MB`,
    );
    tmux('kill-server');
  }

  const folder = join(root, `run-${events}`);
  await withRunLock(folder, async () => {
    const { pid } = await opened(folder);
    let step = events;
    const writer = setInterval(() => appendFileSync(join(folder, 'events.jsonl'), stepLine(++step)), 100);
    for (const [key, tab] of [
      ['1', 'Overview'],
      ['2', 'Charts'],
      ['6', 'Log'],
    ]) {
      tmux('send-keys', key);
      await sleep(1000);
      const stream = join(root, `stream-${key}`);
      tmux('pipe-pane', `cat > ${stream}`);
      const [before, begun] = [cpuSeconds(pid), performance.now()];
      await sleep((seconds * 1000) / 3);
      const elapsed = (performance.now() - begun) / 1000;
      const share = (100 * (cpuSeconds(pid) - before)) / elapsed;
      tmux('pipe-pane');
      const frames = readFileSync(stream, 'utf8').split('\x1b[?2026h').length - 1;
      say(
        `watching ten steps a second: ${tab}`,
        `${share.toFixed(1)} % of a core, ${(frames / elapsed).toFixed(1)} pictures a second`,
      );
    }
    clearInterval(writer);
    say('memory after it', `${megabytes(pid, 'VmRSS')} MB`);
  });
  const width = Math.max(...rows.map(({ what }) => what.length));
  for (const { what, value } of rows) console.log(`${what.padEnd(width)}  ${value}`);
} finally {
  spawn('tmux', ['-L', server, 'kill-server']);
  await sleep(200);
  rmSync(root, { recursive: true, force: true });
}
