// Where the time of a training step goes, by onnxruntime's own profile.
//
//   node bench/profile.js tiny2        or base; prints a table
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { stepOf } from './training-side.js';

const STEPS = 5;
const shape = process.argv[2] ?? 'tiny2';
const folder = mkdtempSync(join(tmpdir(), 'otzyv-profile-'));

const sessions = [];
const create = InferenceSession.create.bind(InferenceSession);
InferenceSession.create = async (bytes, options) => {
  const profiled = { ...options, enableProfiling: true, profileFilePrefix: join(folder, 'profile') };
  sessions.push(await create(bytes, profiled));
  return sessions.at(-1);
};

const { engine, batch } = stepOf(shape);
for (let step = 0; step < 2; step++) await engine.trainStep([batch], 2e-5); // warm
const begun = performance.now();
for (let step = 0; step < STEPS; step++) await engine.trainStep([batch], 2e-5);
const stepMs = (performance.now() - begun) / STEPS;
for (const session of sessions) session.endProfiling();

const byOperator = new Map();
for (const file of readdirSync(folder)) {
  const runs = JSON.parse(readFileSync(join(folder, file), 'utf8')).filter(
    ({ name }) => name === 'model_run',
  );
  const from = runs.at(-STEPS).ts;
  for (const { name, dur, ts, args } of JSON.parse(readFileSync(join(folder, file), 'utf8'))) {
    if (!name.endsWith('_kernel_time') || ts < from) continue;
    byOperator.set(args.op_name, (byOperator.get(args.op_name) ?? 0) + dur / 1000 / STEPS);
  }
}
rmSync(folder, { recursive: true });

const rows = [...byOperator].sort(([, a], [, b]) => b - a);
const inGraph = rows.reduce((sum, [, ms]) => sum + ms, 0);
const shown = rows.slice(0, 12);
shown.push(['other operators', inGraph - shown.reduce((sum, [, ms]) => sum + ms, 0)]);
shown.push(['outside the graph: AdamW, dropout bytes, copies', stepMs - inGraph], ['all', stepMs]);
console.log('| operator | ms | share |\n|---|---|---|');
for (const [name, ms] of shown)
  console.log(`| ${name} | ${ms.toFixed(1)} | ${Math.round((100 * ms) / stepMs)} % |`);
process.exit();
