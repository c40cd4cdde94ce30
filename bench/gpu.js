// A training step and a prediction on the GPU by WebGPU beside PyTorch's on the same, and how much of the GPU's limits ours
// reaches: its rate of large products, and of copies. `bench/gpu.sh` prepares it.
//
//   node bench/gpu.js tiny2        or base; smoke is to see that it runs
import { createWebGpuEngine } from '@otzyv/trainer';
import { InferenceSession } from 'onnxruntime-node';
import { copyRate, matrixRate } from './gpu-limits.js';
import { startPeer } from './peer.js';
import { CLASSES, configJson, SHAPES } from './shapes.js';
import { BATCH, engineOptions, LENGTH, stepOf } from './training-side.js';
import { productsOfStep } from './work.js';

const shape = process.argv[2] ?? 'tiny2';
if (!(shape in SHAPES)) throw new Error(`there is no shape "${shape}": ${Object.keys(SHAPES).join(', ')}`);
const RUNS = shape === 'smoke' ? 2 : 20;
const config = SHAPES[shape];

// how long each session runs, for where the time goes
const sessions = [];
const create = InferenceSession.create.bind(InferenceSession);
InferenceSession.create = async (bytes, options) => {
  const session = await create(bytes, options);
  const kept = { session, ms: 0 };
  sessions.push(kept);
  const run = session.run.bind(session);
  session.run = async (...args) => {
    const begun = performance.now();
    const results = await run(...args);
    kept.ms += performance.now() - begun;
    return results;
  };
  return session;
};

const { engine: unused, batch, start, ids, labels } = stepOf(shape);
await unused.dispose();
const engine = createWebGpuEngine(engineOptions(start));
const step = () => engine.trainStep([batch], 2e-5);
const answer = () => engine.logits(batch);

const ours = { step: await median(step) };
for (const each of sessions) each.ms = 0;
const begun = performance.now();
for (let i = 0; i < RUNS; i++) await step();
const whole = (performance.now() - begun) / RUNS;
const parts = sessions.map(({ session, ms }) => [partOf(session), ms / RUNS]).filter(([, ms]) => ms > 0);
ours.answer = await median(answer);
await engine.dispose();

const limits = { matrix: await matrixRate(shape), copy: await copyRate(shape) };
const peer = await startPeer(
  'torch_gpu.py',
  'torch transformers',
  JSON.stringify(configJson(config)),
  String(CLASSES),
);
const torch = await peer.ask({ ids, labels, runs: RUNS });
peer.close();

const work = productsOfStep(config); // in millions of operations
const row = (name, ms, theirs) => `| ${name} | ${ms.toFixed(2)} ms | ${theirs} |`;
const cell = (result, mine) =>
  result === undefined ? '—' : `${result.toFixed(2)} ms (${(result / mine).toFixed(2)} × ours)`;
console.log(`
### rubert-${shape} shape, ${BATCH} × ${LENGTH} tokens, on ${torch.device}

WebGPU, onnxruntime ${InferenceSession.version ?? '1.30.0'}; torch ${peer.versions.torch}. Medians of ${RUNS}.

| | ours, float32 | PyTorch, float32 | PyTorch, its fastest |
|---|---|---|---|
${row('training step', ours.step, `${cell(torch.step.float32, ours.step)} | ${cell(torch.step.fastest, ours.step)}`)}
${row('answers', ours.answer, `${cell(torch.answer.float32, ours.answer)} | ${cell(torch.answer.fastest, ours.answer)}`)}

The GPU by WebGPU: ${limits.matrix.toFixed(1)} GFLOP/s in large products, ${limits.copy.toFixed(1)} GB/s in copies. A step has
${(work / 1000).toFixed(1)} GFLOP of products, which is ${(work / ours.step).toFixed(1)} GFLOP/s: ${percent(work / ours.step / limits.matrix)} of that rate.

| where a step's time goes | ms | share |
|---|---|---|
${[
  ...parts,
  ['outside onnxruntime: dropout bytes, feeds', whole - parts.reduce((sum, [, ms]) => sum + ms, 0)],
]
  .map(([name, ms]) => `| ${name} | ${ms.toFixed(2)} | ${percent(ms / whole)} |`)
  .join('\n')}
`);
process.exit(); // a peer's pipe may be open still

async function median(run) {
  await run(); // compiles
  const times = [];
  for (let i = 0; i < RUNS; i++) {
    const from = performance.now();
    await run();
    times.push(performance.now() - from);
  }
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)];
}

function partOf({ outputNames }) {
  if (outputNames.includes('loss')) return 'forward and backward, loss and norm read back';
  return outputNames[0]?.startsWith('next.') ? 'clipping and AdamW' : 'other';
}

function percent(share) {
  return `${Math.round(100 * share)} %`;
}
