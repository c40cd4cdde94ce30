// What a checkpoint costs: written and synced, written without syncing, and checked before a run goes on from it.
//
//   node bench/checkpoint.js [tiny2|base]     needs: npm run build; disk for two checkpoints, in the temporary folder
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRESH_STATE, saveCheckpoint } from '../packages/trainer/dist/training/checkpoint.js';
import { faultOf } from '../packages/trainer/dist/training/manifest.js';
import { randomWeights, SHAPES } from './shapes.js';

const name = process.argv[2] ?? 'tiny2';
const weights = randomWeights(SHAPES[name]);
const state = (step) => ({ step, weights, firstMoments: weights, secondMoments: weights });
const run = mkdtempSync(join(tmpdir(), 'otzyv-bench-'));

async function seconds(work) {
  const begun = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - begun) / 1000 };
}

/** Syncing is what is taken out of the second of two ways that are otherwise one. */
async function withoutSync(work) {
  const handle = await open(process.execPath);
  const handles = Object.getPrototypeOf(handle);
  await handle.close();
  const { sync } = handles;
  handles.sync = async () => undefined;
  try {
    return await work();
  } finally {
    handles.sync = sync;
  }
}

try {
  let step = 0;
  const save = () => saveCheckpoint(run, state(++step), { ...FRESH_STATE, global_step: step }, 'model');
  await save(); // the first touches the memory
  const synced = await seconds(save);
  const unsynced = await seconds(() => withoutSync(save));
  const checked = await seconds(() => faultOf(synced.result));
  if (checked.result !== undefined) throw new Error(checked.result);
  const files = await readdir(synced.result);
  const bytes = files.reduce((sum, file) => sum + statSync(join(synced.result, file)).size, 0);
  console.log(
    `${name}, ${(bytes / 2 ** 20).toFixed(0)} MiB: saved in ${synced.seconds.toFixed(2)} s ` +
      `(${unsynced.seconds.toFixed(2)} s without syncing), checked in ${checked.seconds.toFixed(2)} s; ` +
      `${cpus().length} cores of ${cpus()[0].model}, Node ${process.version}`,
  );
} finally {
  rmSync(run, { recursive: true });
}
