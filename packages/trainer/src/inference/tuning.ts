/**
 * How a BERT answers fastest on this machine: its threads, and how many texts go through it at once. Measured on texts
 * like those to come, and remembered in the model's folder; on another machine what is remembered does not count.
 */
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeJson } from '../files.ts';
import { exists } from '../model/model-folder.ts';
import type { Dtype } from './dtype.ts';

/** How a BERT is run. */
export interface Tuning {
  /** of one batch */
  readonly threads: number;
  /** texts that are answered together */
  readonly batchSize: number;
}

/** Texts answered together, where nothing was measured. */
export const BATCH_SIZE = 32;

/** What was measured of one way to run it. */
export interface TuningTrial extends Tuning {
  readonly textsPerSecond: number;
}

const tuningSchema = z.object({ threads: z.int().positive(), batchSize: z.int().positive() });
const fileSchema = z.object({
  schemaVersion: z.literal(1),
  machine: z.string(),
  byDtype: z.partialRecord(z.enum(['float32', 'int8']), tuningSchema),
});

/** @returns what was remembered for this machine, if anything; a file that cannot be read is as good as none */
export async function readTuning(folder: string, dtype: Dtype): Promise<Tuning | undefined> {
  return (await readFile(folder))?.byDtype[dtype];
}

export async function writeTuning(
  folder: string,
  dtype: Dtype,
  { threads, batchSize }: Tuning,
): Promise<void> {
  const before = await readFile(folder);
  await writeJson(tuningPath(folder), {
    ...{ schemaVersion: 1, machine: machine() },
    byDtype: { ...before?.byDtype, [dtype]: { threads, batchSize } },
  });
}

/**
 * First the threads, then the batch; what is fastest of the one is kept for the other.
 * @param rateOf texts a second, measured
 * @returns all that was tried, in that order; the first is how a model runs that nothing is remembered of
 */
export async function tryTunings(rateOf: (tuning: Tuning) => Promise<number>): Promise<TuningTrial[]> {
  const trials: TuningTrial[] = [];
  const tryOne = async (tuning: Tuning) => {
    const isTried = trials.some(
      ({ threads, batchSize }) => threads === tuning.threads && batchSize === tuning.batchSize,
    );
    if (!isTried) trials.push({ ...tuning, textsPerSecond: await rateOf(tuning) });
  };
  for (const threads of threadCounts(availableParallelism()))
    await tryOne({ threads, batchSize: BATCH_SIZE });
  const { threads } = fastest(trials);
  for (const batchSize of BATCH_SIZES) await tryOne({ threads, batchSize });
  return trials;
}

/** The first is given up only for one that is clearly faster: measurements waver. */
export function fastest(trials: readonly TuningTrial[]): TuningTrial {
  return trials.reduce((best, one) => (one.textsPerSecond > CLEARLY * best.textsPerSecond ? one : best));
}

const CLEARLY = 1.03;
const BATCH_SIZES = [8, 16, 32, 64];

/** All, then …, 4, 2, 1. */
function threadCounts(cores: number): number[] {
  const powers = Array.from({ length: Math.floor(Math.log2(cores)) + 1 }, (_, i) => 2 ** i);
  return [...new Set([cores, ...powers.reverse()])];
}

async function readFile(folder: string) {
  if (!(await exists(tuningPath(folder)))) return undefined;
  const parsed = fileSchema.safeParse(await readJson(tuningPath(folder)).catch(() => undefined));
  return parsed.success && parsed.data.machine === machine() ? parsed.data : undefined;
}

function tuningPath(folder: string): string {
  return join(folder, 'tuning.json');
}

function machine(): string {
  return `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'an unknown processor'}`;
}
