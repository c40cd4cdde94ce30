/**
 * A run without the run: everything is read and one batch goes through the engine; from its time follows the
 * whole. Nothing is written.
 */

import { breathe } from '../breathe.ts';
import { epochBatches } from '../data/batches.ts';
import { createEngine, paddingOf, prepare, tokenize } from './bert-setup.ts';
import { loadDataset } from './dataset.ts';
import { totalSteps } from './fit.ts';
import { isLinear, type RunOptions } from './options.ts';
import { RUN } from './run-folder.ts';
import type { RunContext } from './trainer.ts';
import { labelledSet } from './training-set.ts';
import { checkFolder } from './work-folder.ts';

/** What a run would be: rows, classes, and for models trained by steps their number, time and memory. */
export interface DryRunResult {
  readonly train: number;
  readonly validation: number;
  readonly classes: number;
  /** Absent for the linear model, which has none. */
  readonly steps?: {
    readonly total: number;
    readonly stepMs: number;
    readonly estimatedMs: number;
    /** of the process after the step */
    readonly memoryBytes: number;
    readonly truncatedShare: number;
  };
}

/** @throws OtzyvError what the run itself would throw before its first step; the signal's reason when aborted */
export async function dryRun(
  options: RunOptions,
  context: RunContext,
  { overwrite = false }: { overwrite?: boolean } = {},
): Promise<DryRunResult> {
  await checkFolder(RUN, options.output, overwrite);
  const dataset = await loadDataset(options, context.listen, context.signal);
  const sizes = {
    train: dataset.train.texts.length,
    validation: dataset.validation.texts.length,
    classes: dataset.labels.length,
  };
  if (isLinear(options)) return sizes;
  context.signal?.throwIfAborted();

  const task = { options, dataset, context };
  const start = await prepare(task);
  const { examples, truncatedShare } = tokenize(dataset.train, start, options.maxLength);
  const engine = await createEngine(start, task);
  try {
    const set = labelledSet(examples, paddingOf(start));
    const { lengths } = set;
    const batches = epochBatches(lengths, { batchSize: options.batchSize, seed: options.seed, epoch: 0 });
    const [first, second = first] = batches as [number[], number[] | undefined];
    const tokens = (indices: readonly number[]) =>
      Math.max(...indices.map((i) => lengths[i] as number)) * indices.length;
    const step = async (indices: number[]) => {
      const begun = performance.now();
      await engine.trainStep([set.batch(indices, 0)], 1e-9);
      return performance.now() - begun;
    };
    await step(first); // the first step pays for building the session
    await breathe();
    context.signal?.throwIfAborted();
    const stepMs = await step(second as number[]);
    const meanTokens = batches.reduce((sum, batch) => sum + tokens(batch), 0) / batches.length;
    const total = totalSteps(examples.labelIds.length, options);
    const perUpdate = (stepMs * meanTokens * options.gradientAccumulationSteps) / tokens(second as number[]);
    const memoryBytes = process.memoryUsage().rss;
    return {
      ...sizes,
      steps: { total, stepMs, estimatedMs: total * perUpdate, memoryBytes, truncatedShare },
    };
  } finally {
    await engine.dispose();
  }
}
