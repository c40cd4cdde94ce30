/**
 * How many runs go at once, where nobody says: as many as cores and memory hold. A linear fit has one thread. A step of a
 * BERT is shared among cores, and less well the more there are; on a GPU runs would wait for one another.
 */
import { readdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isLinear, type RunOptions } from './options.ts';

/** What the machine has to give. */
interface Capacity {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** What one run takes. */
interface RunNeeds {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** Cores that one step of a BERT fills well. */
const CORES_OF_A_STEP = 4;
const GIB = 2 ** 30;

/** A fifth of the memory is left alone. */
function jobsThatFit(needs: RunNeeds, { cores, memoryBytes }: Capacity): number {
  const byCores = Math.floor(cores / needs.cores);
  const byMemory = Math.floor((memoryBytes * 0.8) / needs.memoryBytes);
  return Math.max(1, Math.min(byCores, byMemory));
}

/** @param modelFolder where the model to begin with lies; absent for `linear` and `micro` */
export async function defaultJobs(
  options: Pick<RunOptions, 'model' | 'trainFile' | 'device'>,
  modelFolder: string | undefined,
): Promise<number> {
  if (!isLinear(options) && options.device !== 'cpu') return 1;
  return jobsThatFit(await needsOf(options, modelFolder), {
    cores: availableParallelism(),
    memoryBytes: process.availableMemory(),
  });
}

async function needsOf(
  options: Pick<RunOptions, 'model' | 'trainFile'>,
  modelFolder: string | undefined,
): Promise<RunNeeds> {
  const { size } = await stat(options.trainFile);
  if (isLinear(options)) return { cores: 1, memoryBytes: GIB / 2 + 40 * size };
  // weights, gradients and two moments, and what a step keeps for the way back
  const weights = modelFolder === undefined ? 0 : await sizeOfWeights(modelFolder);
  return { cores: CORES_OF_A_STEP, memoryBytes: 2 * GIB + 6 * weights + 10 * size };
}

async function sizeOfWeights(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => /\.(safetensors|bin)$/.test(name));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return Math.max(0, ...sizes);
}

/** Threads of each run, where several go at once; undefined for one alone, which takes what it finds. */
export function threadsOf(jobs: number, cores = availableParallelism()): number | undefined {
  return jobs === 1 ? undefined : Math.max(1, Math.floor(cores / jobs));
}
