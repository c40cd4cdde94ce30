/** The folds of a cross-validation: each trained in a process of its own, and their models gathered into one. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { writeEnsemble } from '../inference/ensemble-folder.ts';
import { exists } from '../model/model-folder.ts';
import { bestFolder, requireWholeBest } from './best-model.ts';
import { checkpointsFolder } from './checkpoint.ts';
import type { CrossValidationContext } from './cross-validation-events.ts';
import { type CrossValidationOptions, type FoldRun, foldRuns } from './cross-validation-options.ts';
import type { CrossValidationResult } from './cross-validation-results.ts';
import { finishedEvent } from './event-log.ts';
import { threadsOf } from './jobs.ts';
import { isLinear, type RunOptions } from './options.ts';
import { trainInOwnProcess } from './own-process.ts';
import { forgetPrevious } from './previous-work.ts';
import { untilReleased } from './run-lock.ts';
import { trainOrResume } from './train.ts';

/**
 * The processes of a cross-validation that was killed save before they end, which takes them a moment.
 * @throws the signal's reason when aborted
 */
export async function untilOrphansEnd(
  folder: string,
  { signal, listen }: Pick<CrossValidationContext, 'signal' | 'listen'>,
): Promise<void> {
  for (const run of await foldFolders(folder)) {
    const onWait = (pid: number) =>
      listen({
        type: 'warning',
        message: `process ${pid} is still at work in ${run}: waiting for it to end`,
      });
    await untilReleased(run, { signal, onWait });
  }
}

/** Of whatever cross-validation lies there. */
async function foldFolders(folder: string): Promise<string[]> {
  const named = async (within: string, pattern: RegExp) =>
    (await readdir(within)).filter((name) => pattern.test(name)).map((name) => join(within, name));
  const repeats = await named(folder, /^repeat-\d+$/);
  const folds = await Promise.all([folder, ...repeats].map((within) => named(within, /^fold-\d+$/)));
  return folds.flat();
}

export async function finishedRuns(options: CrossValidationOptions): Promise<FoldRun[]> {
  const runs = foldRuns(options);
  const ends = await Promise.all(runs.map((run) => finishedEvent(run.options.output)));
  return runs.filter((_, i) => ends[i] !== undefined);
}

export async function trainFold(
  run: FoldRun,
  jobs: number,
  signal: AbortSignal,
  context: CrossValidationContext,
): Promise<'finished' | 'interrupted'> {
  const { repeat, fold } = run;
  const threads = run.options.threads ?? threadsOf(jobs);
  const options = { ...run.options, ...(threads !== undefined && !isLinear(run.options) && { threads }) };
  const outcome = await trainInOwnProcess(options, {
    listen: (event) => context.listen({ type: 'fold.event', repeat, fold, event }),
    signal,
    // what the model needs was fetched before: all folds begin with one state of it
    fetch: { ...(context.fetch?.cacheDir && { cacheDir: context.fetch.cacheDir }), offline: true },
  }).catch((error: unknown) => {
    throw inFold(run, error);
  });
  if (outcome.status === 'interrupted' || outcome.status === 'stopped') return 'interrupted';
  await tellOfFinished(run, context, false);
  return 'finished';
}

export async function tellOfFinished(
  { repeat, fold, options }: FoldRun,
  { listen }: CrossValidationContext,
  wasThere: boolean,
): Promise<void> {
  // of a large model three times its size, which nothing needs any more
  await rm(checkpointsFolder(options.output), { recursive: true, force: true });
  // takes its result, once it has been seen that it is the same run
  const outcome = await trainOrResume(options, { listen: () => undefined });
  if (outcome.status === 'interrupted') return;
  const { evaluation, elapsedMs } = outcome;
  listen({ type: 'fold.finished', repeat, fold, evaluation, elapsedMs, wasThere });
}

function inFold({ repeat, fold, options }: FoldRun, error: unknown): unknown {
  if (!(error instanceof OtzyvError)) return error;
  const place = (options.fold?.repeat ?? 1) > 1 ? `repeat ${repeat}, fold ${fold}` : `fold ${fold}`;
  return new OtzyvError(error.code, `${place}: ${error.message}`, error.hint, { cause: error });
}

/**
 * The models of the first repeat, of equal weight, into `best/`: those of more repeats would make it slower and hardly
 * better. The folds' own copies go then: five of a base model are seven gigabytes.
 */
export async function gatherModels(
  { output, folds }: CrossValidationOptions,
  runs: readonly FoldRun[],
  { pooled }: CrossValidationResult,
): Promise<void> {
  const folders = runs.map((run) => bestFolder(run.options.output));
  if (!(await exists(bestFolder(output)))) {
    for (const { options } of runs.slice(0, folds))
      await requireWholeBest(options.output, trainAgain(options));
    const members = folders.slice(0, folds).map((folder) => ({ folder, weight: 1 / folds }));
    await writeEnsemble(bestFolder(output), { members, evaluation: pooled });
  }
  await forgetPrevious(output);
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
}

function trainAgain({ output }: RunOptions): string {
  return `Remove ${output} and go on with the cross-validation, which then trains this fold again.`;
}
