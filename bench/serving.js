// Requests per second and latency of otzyv-api beside what one writes first: a Hono server that calls transformers.js's
// pipeline for each request (peers/naive-server.js). The same model files, the same requests, the same load generator;
// the two take turns, and each figure is the median of the rounds.
//
//   node bench/serving.js [tiny2|base|smoke] [SECONDS=5] [ROUNDS=3]     needs: npm run build
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { exportModel, loadClassifier } from '@otzyv/trainer';
import autocannon from 'autocannon';
import { writeModel } from './model-folder.js';
import { SHAPES } from './shapes.js';
import { reviews } from './texts.js';

const [shape = 'tiny2', seconds = '5', rounds = '3'] = process.argv.slice(2);
const CONNECTIONS = [1, 8, 64, 256];
const BATCH = 32;

const root = mkdtempSync(join(tmpdir(), 'otzyv-bench-'));
await writeModel(join(root, 'source'), SHAPES[shape]);
await exportModel(join(root, 'source'), join(root, 'model'), {});
const { texts, source } = await reviews(2048);

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const SERVERS = {
  ours: {
    command: [here('../apps/api/bin/otzyv-api.js'), '--model', join(root, 'model'), '--port', '0'],
    path: '/v1/predict',
    address: (line) => /"url":"([^"]+)"/.exec(line)?.[1],
  },
  naive: {
    command: [here('peers/naive-server.js'), root, 'model'],
    path: '/predict',
    address: (line) => /^(http\S+)/.exec(line)?.[1],
  },
};

const KINDS = {
  'one text': texts.map((text) => ({ text })),
  [`${BATCH} texts`]: Array.from({ length: texts.length / BATCH }, (_, i) => ({
    texts: texts.slice(i * BATCH, (i + 1) * BATCH),
  })),
};

try {
  const starts = { ours: [], naive: [] };
  for (let round = 0; round < Number(rounds); round++) {
    for (const name of Object.keys(SERVERS)) {
      const server = await start(name);
      starts[name].push(server.readyMs);
      server.stop();
    }
  }
  const servers = { ours: await start('ours'), naive: await start('naive') };
  console.log(
    `${cpus().length} cores of ${cpus()[0].model}, node ${process.version}; rubert-${shape} shape, random weights; texts of ${source}; ${rounds} rounds of ${seconds} s\n`,
  );
  console.log(
    '| requests | connections | ours, req/s | naive, req/s | ratio | ours p50 / p99, ms | naive p50 / p99, ms |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const [kind, bodies] of Object.entries(KINDS)) {
    for (const connections of CONNECTIONS) await row(servers, kind, bodies, connections);
  }
  const memory = Object.fromEntries(
    Object.entries(servers).map(([name, { pid }]) => [name, peakMegabytes(pid)]),
  );
  for (const { stop } of Object.values(servers)) stop();
  console.log(`\n| | ours | naive |\n|---|---|---|`);
  console.log(
    `| from the command to ready, ms | ${median(starts.ours).toFixed(0)} | ${median(starts.naive).toFixed(0)} |`,
  );
  console.log(`| peak memory, MB | ${memory.ours} | ${memory.naive} |`);
  await overBare();
} finally {
  rmSync(root, { recursive: true });
}

async function row(servers, kind, bodies, connections) {
  const found = { ours: [], naive: [] };
  for (let round = 0; round < Number(rounds); round++) {
    for (const [name, { url }] of Object.entries(servers))
      found[name].push(await load(url, bodies, connections));
  }
  const of = (name, key) => median(found[name].map((one) => one[key]));
  const times = (name) => `${of(name, 'p50')} / ${of(name, 'p99')}`;
  const [ours, naive] = ['ours', 'naive'].map((name) => of(name, 'rate'));
  console.log(
    `| ${kind} | ${connections} | ${ours.toFixed(0)} | ${naive.toFixed(0)} | ${(ours / naive).toFixed(2)} | ${times('ours')} | ${times('naive')} |`,
  );
}

async function load(url, bodies, connections) {
  const result = await autocannon({
    ...{ url, connections, duration: Number(seconds), timeout: 60, method: 'POST' },
    headers: { 'content-type': 'application/json' },
    requests: bodies.map((body) => ({ body: JSON.stringify(body) })),
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} failed`);
  const { latency, requests } = result;
  return { rate: requests.average, p50: latency.p50, p99: latency.p99 };
}

/** One connection, one text after the other, against the model called in this process. */
async function overBare() {
  const server = await start('ours');
  const classifier = await loadClassifier(join(root, 'model'));
  const ask = (text) =>
    fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    }).then((response) => response.json());
  const [bare, served] = [[], []];
  for (const [i, text] of texts.slice(0, 600).entries()) {
    const begun = performance.now();
    await classifier.predict([text]);
    const between = performance.now();
    await ask(text);
    if (i < 100) continue; // warming up
    bare.push(between - begun);
    served.push(performance.now() - between);
  }
  await classifier.dispose();
  server.stop();
  const [asked, called] = [median(served), median(bare)];
  console.log(
    `\nOne text at a time, medians of ${bare.length}: ${asked.toFixed(2)} ms over HTTP, fetch's own time included; ${called.toFixed(2)} ms called in the process; ${(asked - called).toFixed(2)} ms added.`,
  );
}

async function start(name) {
  const { command, path, address } = SERVERS[name];
  const begun = performance.now();
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
    lines.on('line', (line) => {
      const found = address(line);
      if (found !== undefined) resolve(found);
    });
  });
  const readyMs = performance.now() - begun;
  return { url: `${url}${path}`, pid: child.pid, readyMs, stop: () => child.kill('SIGKILL') };
}

function peakMegabytes(pid) {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
