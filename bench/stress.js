// otzyv-api under everything at once, for a bounded time: single texts and batches, huge and empty texts, malformed bodies made
// from its own OpenAPI description, clients that send a byte at a time and clients that leave, the model's folder replaced again
// and again, and SIGTERM in the middle of it all. Each answer is compared with the model's own; each refusal has to be one
// that the documentation names. (A worker that dies is tested where one can be killed: worker-pool.test.ts.)
//
//   node bench/stress.js [SECONDS=60]     needs: npm run build       exits 1 when anything was lost or wrong
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@otzyv/core';
import { loadClassifier, resolveRunOptions, train } from '@otzyv/trainer';

const seconds = Number(process.argv[2] ?? 60);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'otzyv-stress-'));
const random = createRandom(1, 'stress');
const counts = {};
const wrong = [];
const count = (what) => {
  counts[what] = (counts[what] ?? 0) + 1;
};

for (const seed of [1, 2]) {
  const output = join(root, String(seed));
  const trainFile = here('../test-fixtures/reviews/train.csv');
  const options = resolveRunOptions({
    model: 'linear',
    trainFile,
    output,
    seed,
    validationFraction: 0.1 * seed,
  });
  await train(options, { listen: () => undefined });
}
cpSync(join(root, '1/best'), join(root, 'served'), { recursive: true });

const REVIEWS = [
  'Куртка тёплая, но рукава короткие',
  'Чайник не греет',
  'Кроссовки развалились',
  'Деньги не вернули',
];
const TEXTS = [
  ...REVIEWS,
  '',
  ' ',
  'а',
  '🙂',
  'x'.repeat(9_900),
  'плохо '.repeat(1_500),
  ...REVIEWS.map((text) => `${text} 2`),
];
const expected = await Promise.all(
  ['1', '2'].map(async (run) => {
    const classifier = await loadClassifier(join(root, run));
    const { probabilities } = await classifier.predict(TEXTS);
    const { labels } = classifier;
    return TEXTS.map((_, i) => [...probabilities.subarray(i * labels.length, (i + 1) * labels.length)]);
  }),
);
const { labels } = await loadClassifier(join(root, '1'));

const takenIn = new Set();
const server = await start();
const { paths, components } = await (await fetch(`${server.url}/openapi.json`)).json();
const ends = performance.now() + seconds * 1000;
let hasSignalled = false;
let asked = 0;
const unanswered = new Map(); // why, by id
const goesOn = () => performance.now() < ends && !hasSignalled;
const memory = [];

const clients = [
  ...Array.from({ length: 24 }, () => asker()),
  ...Array.from({ length: 2 }, () => fuzzer()),
  ...Array.from({ length: 8 }, () => slow()),
  ...Array.from({ length: 4 }, () => leaver()),
  replacer(),
  watcher(),
];
await sleep(seconds * 1000 - 500);
const atSignal = performance.now();
hasSignalled = true;
server.child.kill('SIGTERM');
await Promise.all(clients);
const code = await server.ended;
if (code !== 0) wrong.push(`it ended with ${code}`);
// what the server has in its log it had taken in; the others came after its door was shut
for (const [id, reason] of unanswered) {
  if (takenIn.has(id)) wrong.push(`${id} was taken in, and its answer was lost: ${reason}`);
  else count(`refused at the end: ${reason}`);
}

const typical = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const tenths = Array.from({ length: 10 }, (_, i) =>
  typical(memory.slice(Math.floor((i * memory.length) / 10), Math.ceil(((i + 1) * memory.length) / 10))),
);
const [early, late] = [typical(tenths.slice(3, 6)), typical(tenths.slice(7))];
if (late > 1.25 * early) wrong.push(`memory went from ${early} to ${late} MB`);
console.log(`${seconds} s; ended in ${Math.round(performance.now() - atSignal)} ms after SIGTERM`);
console.log(`memory by tenths of the time: ${tenths.join(', ')} MB`);
console.log(
  Object.entries(counts)
    .sort()
    .map(([what, n]) => `${String(n).padStart(8)}  ${what}`)
    .join('\n'),
);
for (const line of wrong.slice(0, 20)) console.log(`WRONG: ${line}`);
console.log(wrong.length === 0 ? 'nothing was lost, nothing was wrong' : `${wrong.length} wrong`);
rmSync(root, { recursive: true });
process.exitCode = wrong.length === 0 ? 0 : 1;

/** Single texts and batches, each answer compared with those of the two models that are served in turn. */
async function asker() {
  while (goesOn()) {
    const chosen = Array.from({ length: random.integer(4) === 0 ? 1 + random.integer(200) : 1 }, () =>
      random.integer(TEXTS.length),
    );
    const id = `ask-${++asked}`;
    const body = JSON.stringify({ texts: chosen.map((i) => TEXTS[i]), all_scores: true });
    const answer = await post(body, '/v1/predict', undefined, { 'x-request-id': id });
    if (answer.failed) {
      if (!hasSignalled) wrong.push(`a request was lost: ${answer.failed}`);
      unanswered.set(id, answer.failed);
    } else if (answer.status === 503) refusal(answer);
    else if (answer.status !== 200) wrong.push(`${answer.status} ${JSON.stringify(answer.body)}`);
    else check(chosen, answer.body.predictions);
  }
}

function check(chosen, predictions) {
  count('requests answered');
  // one model answers a request: which, its first text tells
  const matches = expected.some((ofModel) =>
    predictions.every(({ scores }, at) =>
      scores.every(({ label, score }) => Math.abs(score - ofModel[chosen[at]][labels.indexOf(label)]) < 1e-5),
    ),
  );
  if (matches)
    counts['texts answered as the model does'] =
      (counts['texts answered as the model does'] ?? 0) + chosen.length;
  else wrong.push(`texts ${chosen} are answered by neither model`);
}

function refusal({ headers, body }) {
  if (!(Number(headers.get('retry-after')) >= 1))
    wrong.push(`a 503 without Retry-After: ${JSON.stringify(body)}`);
  count('told to come again');
}

/** Bodies as the description has them, with something broken; a server's fault is none of the answers. */
async function fuzzer() {
  const posts = Object.entries(paths).filter(
    ([, { post: one }]) => one?.requestBody?.content['application/json'],
  );
  while (goesOn()) {
    const [path, { post: described }] = posts[random.integer(posts.length)];
    const body = broken(JSON.stringify(made(described.requestBody.content['application/json'].schema)));
    const { status, failed } = await post(body, path.replace(/\{\w+\}/, 'served'));
    if (failed) {
      if (!hasSignalled) wrong.push(`a malformed body broke the connection: ${failed}`);
    } else if (status >= 500 && status !== 503 && status !== 504)
      wrong.push(`${status} for ${path} ${body.slice(0, 200)}`); // 504: it had asked for a deadline of milliseconds
    else count(`malformed bodies answered ${status >= 400 ? 'with 4xx' : status}`);
  }
}

/** A value of a schema, more or less. */
function made(schema, depth = 0) {
  const { $ref, anyOf, type, properties, items, enum: values } = schema ?? {};
  if (random.integer(12) === 0) return [null, -1, 1e300, '', [], {}, 'null', true][random.integer(8)];
  if ($ref) return made(components.schemas[$ref.split('/').at(-1)], depth);
  if (anyOf) return made(anyOf[random.integer(anyOf.length)], depth);
  if (values) return values[random.integer(values.length)];
  if (properties && depth < 4)
    return Object.fromEntries(
      Object.entries(properties)
        .filter(() => random.integer(3) > 0)
        .map(([name, of]) => [name, made(of, depth + 1)]),
    );
  if (items) return Array.from({ length: random.integer(4) }, () => made(items, depth + 1));
  if (type === 'integer' || type === 'number') return random.integer(10) - 2;
  if (type === 'boolean') return random.integer(2) === 0;
  return TEXTS[random.integer(TEXTS.length)];
}

function broken(json) {
  const at = random.integer(json.length + 1);
  return [json, json.slice(0, at), `${json.slice(0, at)}\u0000${json.slice(at)}`, `${json}]`, json.repeat(2)][
    random.integer(5)
  ];
}

/** A byte at a time, and then nothing. */
async function slow() {
  const { hostname, port } = new URL(server.url);
  while (goesOn()) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const request =
      'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"text"';
    for (const letter of request) {
      if (!goesOn() || socket.destroyed) break;
      socket.write(letter);
      await sleep(20);
    }
    socket.destroy();
    count('slow clients');
  }
}

/** Asks much, and goes. */
async function leaver() {
  while (goesOn()) {
    const texts = Array.from({ length: 200 }, () => TEXTS[random.integer(REVIEWS.length)]);
    await post(JSON.stringify({ texts }), '/v1/predict', AbortSignal.timeout(1 + random.integer(30)));
    count('clients that left');
    await sleep(20);
  }
}

/** As a new training does: the folder is replaced as a whole. */
async function replacer() {
  for (let turn = 2; goesOn(); turn = 3 - turn) {
    await sleep(3000);
    if (!goesOn()) return;
    cpSync(join(root, `${turn}/best`), join(root, 'next'), { recursive: true });
    renameSync(join(root, 'served'), join(root, 'before'));
    renameSync(join(root, 'next'), join(root, 'served'));
    rmSync(join(root, 'before'), { recursive: true });
    count('model replaced');
  }
}

async function watcher() {
  while (goesOn()) {
    const status = readFileSync(`/proc/${server.child.pid}/status`, 'latin1');
    memory.push(Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024));
    await sleep(250);
  }
}

async function post(body, path = '/v1/predict', signal = undefined, more = {}) {
  try {
    const headers = { 'content-type': 'application/json', ...more };
    const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body, signal });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  } catch (error) {
    return { failed: error.cause?.code ?? error.message };
  }
}

async function start() {
  const args = [
    '--model',
    join(root, 'served'),
    '--port',
    '0',
    '--workers',
    '2',
    '--max-queued-texts',
    '2000',
  ];
  const child = spawn(process.execPath, [here('../apps/api/bin/otzyv-api.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(([[status]]) => status);
  const url = await new Promise((resolve, reject) => {
    ended.then((status) => reject(new Error(`it ended with ${status}`)));
    lines.on('line', (line) => {
      const { msg, url: found, status, requestId } = JSON.parse(line);
      if (msg === 'request' && requestId.startsWith('ask-')) takenIn.add(requestId);
      if (msg === 'ready') resolve(found);
      if (msg === 'model reloaded') count('model reloaded');
      if (status >= 500 && status !== 503 && status !== 504) wrong.push(line);
    });
  });
  return { child, ended, url };
}
