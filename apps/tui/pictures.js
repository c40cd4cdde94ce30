// The pictures and the table of keys in docs/monitor.md: taken from the program itself, beside trainings that are really made.
//
//   node apps/tui/pictures.js     needs: npm run build, tmux; a few minutes
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KEYS, shownKey } from './dist/keys.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const DOCUMENT = here('../../docs/monitor.md');
const [MONITOR, OTZYV] = [here('bin/otzyv-tui.js'), here('../cli/bin/otzyv.js')];
const MODEL = here('../../test-fixtures/goldens/folder');
const SCOPES = { runs: 'the list', run: 'a run', compare: 'a comparison', everywhere: 'everywhere' };

/** What is pressed to come to a picture, and what then stands there. */
const PICTURES = {
  runs: { keys: [], shows: 'status' },
  overview: { keys: ['Enter'], shows: 'smoothed' },
  charts: { keys: ['Enter', '2'], shows: 'Gradient norm' },
  classes: { keys: ['Enter', '3'], shows: 'the worst first' },
  confusion: { keys: ['Enter', '4', 'Down', 'Right'], shows: 'Most confused' },
  examples: { keys: ['Enter', '5'], shows: 'The review' },
  compare: { keys: ['Space', 'Space', 'Enter'], shows: 'configs differ' },
  narrow: { keys: ['Enter'], shows: 'smoothed' },
};

const folder = mkdtempSync(join(tmpdir(), 'otzyv-pictures-'));
const server = `otzyv-pictures-${process.pid}`;
const tmux = (...args) =>
  execFileSync('tmux', ['-L', server, '-f', '/dev/null', '-u', ...args], { encoding: 'utf8' });

const trainArgs = (name, lr) => [
  ...['train', '--train', 'reviews.csv', '--model', 'tiny-bert', '--output', `runs/${name}`],
  ...['--epochs', '30', '--max-length', '48', '--batch-size', '8', '--lr', lr, '--schedule', 'cosine'],
];

const train = (name, lr) =>
  spawn(process.execPath, [OTZYV, ...trainArgs(name, lr)], { cwd: folder, stdio: 'ignore' });

async function pictureOf({ keys, shows }, width, height) {
  tmux(
    'new-session',
    '-d',
    '-x',
    width,
    '-y',
    height,
    '-c',
    folder,
    `LC_ALL=C.UTF-8 ${process.execPath} ${MONITOR}`,
  );
  const sees = async (text) => {
    while (!tmux('capture-pane', '-p').includes(text)) await sleep(50);
  };
  await sees('? keys');
  await sees('running,');
  for (const key of keys) {
    tmux('send-keys', key);
    if (key === 'Enter') await sees('leave');
    await sleep(300);
  }
  await sees(shows);
  await sleep(1500);
  const text = tmux('capture-pane', '-p').trimEnd();
  tmux('send-keys', 'q');
  await sleep(500);
  return text;
}

function keyTable() {
  const rows = Object.entries(SCOPES).flatMap(([scope, where]) =>
    KEYS.filter((binding) => binding.scope === scope).map(({ keys, help }) => {
      const names =
        keys.length > 4
          ? `\`${keys[0]}\` … \`${keys.at(-1)}\``
          : keys.map((key) => `\`${shownKey(key)}\``).join(' ');
      return `| ${names} | ${where} | ${help} |`;
    }),
  );
  return ['| key | in | does |', '|---|---|---|', ...rows].join('\n');
}

try {
  copyFileSync(here('../../test-fixtures/reviews/train.csv'), join(folder, 'reviews.csv'));
  cpSync(MODEL, join(folder, 'tiny-bert'), { recursive: true });
  await Promise.all([once(train('tiny-slow', '0.002'), 'close'), once(train('tiny', '0.004'), 'close')]);
  const live = train('live', '0.003');
  const log = join(folder, 'runs/live/events.jsonl');
  while (!existsSync(log) || readFileSync(log, 'utf8').split('"type":"eval"').length < 8) await sleep(100);
  let text = readFileSync(DOCUMENT, 'utf8');
  for (const [mark, name, width, height] of text.matchAll(/<!-- picture: (\w+) (\d+)x(\d+) -->/g)) {
    const picture = await pictureOf(PICTURES[name], width, height);
    const block = new RegExp(`${mark}\\n(\\n\`\`\`text\\n.*?\\n\`\`\`\\n)?`, 's');
    text = text.replace(block, () => `${mark}\n\n\`\`\`text\n${picture}\n\`\`\`\n`);
  }
  text = text.replace(/<!-- keys -->\n(\n\|.*?\n(?!\|))?/s, () => `<!-- keys -->\n\n${keyTable()}\n`);
  writeFileSync(DOCUMENT, text);
  live.kill('SIGKILL');
  await once(live, 'close');
} finally {
  spawnSync('tmux', ['-L', server, 'kill-server']);
  await sleep(500);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}
