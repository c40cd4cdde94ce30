// Requests per second and latency of otzyv-api beside what one writes first: a Hono server that calls transformers.js's
// pipeline for each request (peers/naive-server.js), and beside infinity (infinity-emb 0.0.78, on PyTorch) where there is
// one. The same model files, the same texts, the same load generator; they take turns, and each figure is the median of
// the rounds.
//
//   node bench/serving.js [tiny2|base|smoke] [SECONDS=5] [ROUNDS=3]     needs: npm run build
//
// For infinity: pip install "infinity-emb[torch,server]==0.0.78", and INFINITY=/path/to/bin/infinity_emb in the environment.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { exportModel, loadClassifier, productRate } from '@otzyv/trainer';
import autocannon from 'autocannon';
import { quantizedAnyhow, writeModel } from './model-folder.js';
import { SHAPES } from './shapes.js';
import { reviews } from './texts.js';

const [shape = 'tiny2', seconds = '5', rounds = '3'] = process.argv.slice(2);
const CONNECTIONS = [1, 8, 64, 256];
const BATCH = 32;

const root = mkdtempSync(join(tmpdir(), 'otzyv-bench-'));
await writeModel(join(root, 'source'), SHAPES[shape]);
await exportModel(join(root, 'source'), join(root, 'model'), await quantizedAnyhow(root));
const { texts, source } = await reviews(2048);

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const otzyv = (...flags) => ({
  command: [
    process.execPath,
    here('../apps/api/bin/otzyv-api.js'),
    ...['--model', join(root, 'model'), '--port', '0', ...flags],
  ],
  path: '/v1/predict',
  address: (line) => /"url":"([^"]+)"/.exec(line)?.[1],
  bodyOf: (texts) => (texts.length === 1 ? { text: texts[0] } : { texts }),
});
const SERVERS = {
  ours: otzyv(),
  'ours, int8': otzyv('--dtype', 'int8'),
  naive: {
    command: [process.execPath, here('peers/naive-server.js'), root, 'model'],
    path: '/predict',
    address: (line) => /^(http\S+)/.exec(line)?.[1],
    bodyOf: (texts) => (texts.length === 1 ? { text: texts[0] } : { texts }),
  },
  ...(process.env.INFINITY && {
    infinity: {
      command: [
        process.env.INFINITY,
        ...['v2', '--model-id', join(root, 'model'), '--engine', 'torch', '--device', 'cpu'],
        ...['--port', '7997', '--no-bettertransformer', '--log-level', 'warning'],
      ],
      path: '/classify',
      isReadyAt: 'http://127.0.0.1:7997',
      bodyOf: (texts) => ({ model: join(root, 'model'), input: texts }),
    },
  }),
};

const KINDS = {
  'one text': texts.map((text) => [text]),
  [`${BATCH} texts`]: Array.from({ length: texts.length / BATCH }, (_, i) =>
    texts.slice(i * BATCH, (i + 1) * BATCH),
  ),
};

try {
  const starts = Object.fromEntries(Object.keys(SERVERS).map((name) => [name, []]));
  for (let round = 0; round < Number(rounds); round++) {
    for (const name of Object.keys(SERVERS)) {
      const server = await start(name);
      starts[name].push(server.readyMs);
      await server.stop();
    }
  }
  const servers = {};
  for (const name of Object.keys(SERVERS)) servers[name] = await start(name);
  console.log(
    `${cpus().length} cores of ${cpus()[0].model}, node ${process.version}; rubert-${shape} shape, random weights; texts of ${source}; ${rounds} rounds of ${seconds} s\n`,
  );
  console.log('| requests | connections | server | requests/s | beside naive | p50, ms | p99, ms |');
  console.log('|---|---|---|---|---|---|---|');
  for (const [kind, lots] of Object.entries(KINDS)) {
    for (const connections of CONNECTIONS) await rows(servers, kind, lots, connections);
  }
  console.log('\n| server | from the command to ready, ms | peak memory, MB |\n|---|---|---|');
  for (const [name, { pid, stop }] of Object.entries(servers)) {
    console.log(`| ${name} | ${median(starts[name]).toFixed(0)} | ${peakMegabytes(pid)} |`);
    await stop();
  }
  await limit();
  await overBare();
} finally {
  rmSync(root, { recursive: true });
}

async function rows(servers, kind, lots, connections) {
  const found = Object.fromEntries(Object.keys(servers).map((name) => [name, []]));
  for (let round = 0; round < Number(rounds); round++) {
    for (const [name, { url }] of Object.entries(servers))
      found[name].push(await load(url, lots.map(SERVERS[name].bodyOf), connections));
  }
  const of = (name, key) => median(found[name].map((one) => one[key]));
  for (const name of Object.keys(servers)) {
    const beside = (of(name, 'rate') / of('naive', 'rate')).toFixed(2);
    console.log(
      `| ${kind} | ${connections} | ${name} | ${rounded(of(name, 'rate'))} | ${beside} | ${of(name, 'p50')} | ${of(name, 'p99')} |`,
    );
  }
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

/** What no server in float32 can exceed: the model's matrix products alone, at the rate of large ones. */
async function limit() {
  const { hiddenSize: hidden, intermediateSize: inner, layers } = SHAPES[shape];
  const classifier = await loadClassifier(join(root, 'model'));
  const { readings } = await classifier.predict(texts);
  await classifier.dispose();
  const sum = (of) => readings.reduce((total, { tokens }) => total + of(tokens), 0) / readings.length;
  const [dense, attention] = [4 * hidden * hidden + 2 * hidden * inner, 2 * hidden];
  const megaflops = sum((tokens) => 2 * layers * (tokens * dense + tokens * tokens * attention)) / 1e6;
  const rate = await productRate('cpu');
  console.log(
    `\n${sum((tokens) => tokens).toFixed(1)} tokens a text, ${megaflops.toFixed(0)} MFLOP of matrix products: at ${rate.toFixed(0)} GFLOP/s, as measured here, ${((1000 * rate) / megaflops).toFixed(0)} texts/s on all cores, with nothing else to do.`,
  );
}

/**
 * One connection, one text after the other, against the model called in this process. They take turns round by round and
 * not text by text: threads of ONNX Runtime spin for a while after an answer, and those of one would delay the other.
 */
async function overBare() {
  const [bare, served] = [[], []];
  for (let round = 0; round < Number(rounds); round++) {
    const classifier = await loadClassifier(join(root, 'model'));
    await timed(classifier, texts.slice(0, 100)); // warming up
    bare.push(await timed(classifier, texts));
    await classifier.dispose();
    const server = await start('ours');
    const bodies = KINDS['one text'].map(SERVERS.ours.bodyOf);
    await load(server.url, bodies, 1);
    served.push(1000 / (await load(server.url, bodies, 1)).rate);
    await server.stop();
  }
  const [overHttp, called] = [median(served), median(bare)];
  console.log(
    `\nOne text at a time, means, the median of ${rounds} rounds: ${overHttp.toFixed(2)} ms over HTTP, the load generator's own time included; ${called.toFixed(2)} ms called in the process; ${(overHttp - called).toFixed(2)} ms added.`,
  );
}

/** @returns milliseconds a text */
async function timed(classifier, texts) {
  const begun = performance.now();
  for (const text of texts) await classifier.predict([text]);
  return (performance.now() - begun) / texts.length;
}

async function start(name) {
  const { command, path, address, isReadyAt } = SERVERS[name];
  const begun = performance.now();
  const env = { ...process.env, HF_HUB_OFFLINE: '1', DO_NOT_TRACK: '1' };
  const [program, ...args] = command;
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', isReadyAt ? 'ignore' : 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = await Promise.race([
    isReadyAt ? untilHealthy(isReadyAt) : addressIn(child.stdout, address),
    ended.then((code) => Promise.reject(new Error(`${name} ended with ${code}`))),
  ]);
  const readyMs = performance.now() - begun;
  const stop = () => child.kill('SIGKILL') && ended;
  return { url: `${url}${path}`, pid: child.pid, readyMs, stop };
}

function addressIn(output, address) {
  return new Promise((resolve) => {
    createInterface({ input: output }).on('line', (line) => {
      const found = address(line);
      if (found !== undefined) resolve(found);
    });
  });
}

async function untilHealthy(url) {
  while (!(await fetch(`${url}/health`).catch(() => undefined))?.ok) await sleep(20);
  return url;
}

function peakMegabytes(pid) {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function rounded(rate) {
  return rate.toFixed(rate < 10 ? 1 : 0);
}
