/**
 * Cross-validation: every row is held out once, each fold is an ordinary run in a folder of its own, and several go at
 * once. Interrupted, the same call goes on: folds that are finished are not redone, one that was broken off goes on from
 * its checkpoint. The folds' models together are a model: `best/`, an ensemble.
 */
import { rm } from 'node:fs/promises';
import { OtzyvError } from '@otzyv/core';
import type { Grouping } from '../data/assign-folds.ts';
import { fingerprintFile } from '../data/fingerprint.ts';
import { settleReplacedFolders } from '../files.ts';
import type { FetchOptions } from '../hub/fetch-model.ts';
import { resolveModelFolder } from '../inference/classifier.ts';
import { writeEnsemble } from '../inference/ensemble-folder.ts';
import { exists } from '../model/model-folder.ts';
import { writeReport } from '../report/report.ts';
import { bestFolder } from './best-model.ts';
import { checkpointsFolder } from './checkpoint.ts';
import {
  checkFolder,
  checkSameOptions,
  createFolder,
  isCrossValidation,
  readFolder,
} from './cross-validation-folder.ts';
import { type CrossValidationOptions, type FoldRun, foldRuns } from './cross-validation-options.ts';
import { type CrossValidationResult, writeCrossValidation } from './cross-validation-results.ts';
import { foldsOf, readTraining, type TrainingSource } from './dataset.ts';
import type { EvaluationResult } from './evaluate.ts';
import { finishedEvent } from './event-log.ts';
import type { RunEvent } from './events.ts';
import { inParallel } from './in-parallel.ts';
import { defaultJobs, threadsOf } from './jobs.ts';
import { isLinear } from './options.ts';
import { trainInOwnProcess } from './own-process.ts';
import { type Computing, checkModel, goneOnWith, trainOrResume, withEngine } from './train.ts';

/** All that a cross-validation can say: of its data and model as a run does, and of its folds, which keep logs of their own. */
export type CrossValidationEvent =
  | RunEvent
  | {
      type: 'crossval.started';
      options: CrossValidationOptions;
      grouping: Grouping;
      /** by fold, of the first repeat */
      heldOut: number[];
      jobs: number;
    }
  | { type: 'fold.event'; repeat: number; fold: number; event: RunEvent }
  | {
      type: 'fold.finished';
      repeat: number;
      fold: number;
      evaluation: EvaluationResult;
      elapsedMs: number;
      /** it had been before this call */
      wasThere: boolean;
    };

/** What a cross-validation is given beside its options. */
export interface CrossValidationContext {
  readonly listen: (event: CrossValidationEvent) => void;
  /** Aborted: the folds at work finish their steps and save. */
  readonly signal?: AbortSignal;
  readonly fetch?: FetchOptions;
  /** Folds that go at once. Default: by cores, memory and kind of model. The results do not depend on it. */
  readonly jobs?: number | undefined;
}

/** How it ended. One that failed throws instead. */
export type CrossValidationOutcome =
  | { readonly status: 'completed'; readonly result: CrossValidationResult; readonly modelFolder: string }
  | { readonly status: 'interrupted'; readonly finished: number; readonly of: number };

/** Begins a cross-validation in a folder of its own. */
export async function crossValidate(
  asked: CrossValidationOptions,
  context: CrossValidationContext,
  { overwrite = false }: { overwrite?: boolean } = {},
): Promise<CrossValidationOutcome> {
  await checkFolder(asked.output, overwrite);
  await checkModel(asked);
  const options = await withEngine(asked);
  const source = await readTraining(options, context.listen);
  const dealt = deal(options, source, context);
  await createFolder(options, source.fingerprints);
  return carryOut(options, dealt, context);
}

/**
 * Goes on with a cross-validation that was interrupted, with the options it was begun with; of one that is finished,
 * gathers the results again.
 * @param asked another engine, device or number of threads than it was begun with
 */
export async function resumeCrossValidation(
  folder: string,
  context: CrossValidationContext,
  asked: Computing = {},
): Promise<CrossValidationOutcome> {
  const { options: saved, data } = await readFolder(folder);
  for (const [file, { sha256 }] of Object.entries(data)) {
    if ((await fingerprintFile(file)).sha256 === sha256) continue;
    throw new OtzyvError(
      'run.data-changed',
      `${file} is not the file this cross-validation was begun with`,
      'Put the old file back, or begin anew.',
    );
  }
  const options = { ...saved, output: folder, ...goneOnWith(saved, asked) };
  const source = await readTraining(options, context.listen);
  await settleReplacedFolders(folder);
  return carryOut(options, deal(options, source, context), context);
}

/**
 * Begins it, or goes on with it, whichever its folder asks for.
 * @throws OtzyvError `run.other-options` when the one in the folder was begun with other options
 */
export async function crossValidateOrResume(
  options: CrossValidationOptions,
  context: CrossValidationContext,
): Promise<CrossValidationOutcome> {
  const { output } = options;
  if (!(await isCrossValidation(output))) return crossValidate(options, context);
  checkSameOptions((await readFolder(output)).options, options);
  return resumeCrossValidation(output, context, options);
}

interface Dealt {
  readonly grouping: Grouping;
  readonly heldOut: number[];
}

/** How the rows fall, which each fold finds out for itself: here so that a fault is found before anything is trained. */
function deal(
  options: CrossValidationOptions,
  source: TrainingSource,
  { listen }: CrossValidationContext,
): Dealt {
  const repeats = Array.from({ length: options.repeats }, (_, i) =>
    foldsOf(source, { ...options, repeat: i + 1 }),
  );
  const warnings = new Set([...source.warnings, ...repeats.flatMap(({ warnings }) => warnings)]);
  for (const message of warnings) listen({ type: 'warning', message });
  const [first] = repeats as [(typeof repeats)[number]];
  const heldOut = Array.from(
    { length: options.folds },
    (_, i) => first.foldOf.filter((fold) => fold === i + 1).length,
  );
  return { grouping: first.grouping, heldOut };
}

async function carryOut(
  options: CrossValidationOptions,
  { grouping, heldOut }: Dealt,
  context: CrossValidationContext,
): Promise<CrossValidationOutcome> {
  const { listen, signal } = context;
  const runs = foldRuns(options);
  const finished: FoldRun[] = [];
  for (const run of runs) if (await finishedEvent(run.options.output)) finished.push(run);
  const left = runs.filter((run) => !finished.includes(run));
  const modelFolder = left.length === 0 ? undefined : await modelOf(options, context);
  const most = context.jobs ?? (await defaultJobs(options, modelFolder));
  const jobs = Math.max(1, Math.min(left.length, most));
  listen({ type: 'crossval.started', options, grouping, heldOut, jobs });
  for (const run of finished) await tellOfFinished(run, context, true);

  const outcomes = await inParallel(left, { jobs, signal }, (run, stop) =>
    trainFold(run, jobs, stop, context),
  );
  const done = finished.length + outcomes.filter((outcome) => outcome === 'finished').length;
  if (done < runs.length) return { status: 'interrupted', finished: done, of: runs.length };
  const result = await writeCrossValidation(options, runs, grouping);
  await gatherModels(options, runs, result);
  await writeReport(options.output);
  return { status: 'completed', result, modelFolder: bestFolder(options.output) };
}

async function trainFold(
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
  if (outcome.status === 'interrupted') return 'interrupted';
  // of a large model three times its size, which nothing needs any more
  await rm(checkpointsFolder(run.options.output), { recursive: true, force: true });
  await tellOfFinished(run, context, false);
  return 'finished';
}

/**
 * The models of the first repeat, of equal weight, into `best/`: those of more repeats would make it slower and hardly
 * better. The folds' own copies go then: five of a base model are seven gigabytes.
 */
async function gatherModels(
  { output, folds }: CrossValidationOptions,
  runs: readonly FoldRun[],
  { pooled }: CrossValidationResult,
): Promise<void> {
  const folders = runs.map((run) => bestFolder(run.options.output));
  if (!(await exists(bestFolder(output)))) {
    const members = folders.slice(0, folds).map((folder) => ({ folder, weight: 1 / folds }));
    await writeEnsemble(bestFolder(output), { members, evaluation: pooled });
  }
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
}

async function tellOfFinished(
  { repeat, fold, options }: FoldRun,
  { listen }: CrossValidationContext,
  wasThere: boolean,
): Promise<void> {
  // takes its result, once it has been seen that it is the same run
  const outcome = await trainOrResume(options, { listen: () => undefined });
  if (outcome.status === 'interrupted') return;
  const { evaluation, elapsedMs } = outcome;
  listen({ type: 'fold.finished', repeat, fold, evaluation, elapsedMs, wasThere });
}

/** Fetches the model that all folds begin with; @returns its folder, nothing for a model that begins from nothing */
async function modelOf(
  { model, revision, offline }: CrossValidationOptions,
  { listen, fetch, signal }: CrossValidationContext,
): Promise<string | undefined> {
  if (model === 'linear' || model === 'micro') return undefined;
  return resolveModelFolder(model, {
    ...fetch,
    ...(revision !== undefined && { revision }),
    ...(offline && { offline }),
    ...(signal && { signal }),
    onProgress: (progress) => listen({ type: 'download', ...progress }),
  });
}

function inFold({ repeat, fold, options }: FoldRun, error: unknown): unknown {
  if (!(error instanceof OtzyvError)) return error;
  const place = (options.fold?.repeat ?? 1) > 1 ? `repeat ${repeat}, fold ${fold}` : `fold ${fold}`;
  return new OtzyvError(error.code, `${place}: ${error.message}`, error.hint, { cause: error });
}
