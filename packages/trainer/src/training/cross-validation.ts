/**
 * Cross-validation: every row is held out once, each fold is an ordinary run in a folder of its own, and several go at
 * once. Interrupted, the same call goes on: folds that are finished are not redone, one that was broken off goes on from
 * its checkpoint. The folds' models together are a model: `best/`, an ensemble.
 */
import { join } from 'node:path';
import type { Grouping } from '../data/assign-folds.ts';
import { resolveModelFolder } from '../inference/classifier.ts';
import { exists } from '../model/model-folder.ts';
import { writeReport } from '../report/report.ts';
import { bestFolder } from './best-model.ts';
import type { CrossValidationContext, CrossValidationOutcome } from './cross-validation-events.ts';
import {
  CROSS_VALIDATION,
  readCrossValidationFile,
  writeCrossValidationFile,
} from './cross-validation-folder.ts';
import {
  finishedRuns,
  gatherModels,
  tellOfFinished,
  trainFold,
  untilOrphansEnd,
} from './cross-validation-folds.ts';
import { type CrossValidationOptions, foldRuns } from './cross-validation-options.ts';
import { writeCrossValidation } from './cross-validation-results.ts';
import { foldsOf } from './dataset.ts';
import { type Computing, checkSameData, checkSameOptions, goneOnWith, optionsFromHere } from './going-on.ts';
import { inParallel } from './in-parallel.ts';
import { defaultJobs } from './jobs.ts';
import { beginIn, settlePrevious } from './previous-work.ts';
import { refuseLocked, withRunLock } from './run-lock.ts';
import { checkModel, withEngine } from './train.ts';
import { readTraining, type TrainingSource } from './training-file.ts';
import { checkFolder, isWorkOf, settleFolder } from './work-folder.ts';

/**
 * Begins a cross-validation in a folder of its own.
 * @throws OtzyvError `run.exists`, `run.locked`; the signal's reason when it is aborted while the data is read
 */
export async function crossValidate(
  asked: CrossValidationOptions,
  context: CrossValidationContext,
  { overwrite = false }: { overwrite?: boolean } = {},
): Promise<CrossValidationOutcome> {
  const { output } = asked;
  await checkFolder(CROSS_VALIDATION, output, overwrite);
  await refuseLocked(output);
  await checkModel(asked);
  const options = await withEngine(asked);
  const source = await readTraining(options, context.listen, context.signal);
  const dealt = deal(options, source, context);
  return withRunLock(output, async () => {
    await checkFolder(CROSS_VALIDATION, output, overwrite); // another process may have been here meanwhile
    await untilOrphansEnd(output, context);
    return beginIn(CROSS_VALIDATION, output, async () => {
      await writeCrossValidationFile(options, source.fingerprints);
      return carryOut(options, dealt, context);
    });
  });
}

/**
 * Goes on with a cross-validation that was interrupted, with the options it was begun with; of one that is finished,
 * gathers the results again.
 * @param asked another engine, device or number of threads than it was begun with
 * @throws OtzyvError `run.not-a-run`, `run.locked`, `run.data-changed`; the signal's reason as above
 */
export async function resumeCrossValidation(
  folder: string,
  context: CrossValidationContext,
  asked: Computing = {},
): Promise<CrossValidationOutcome> {
  if (!(await isWorkOf(CROSS_VALIDATION, folder))) await readCrossValidationFile(folder); // says so, and touches nothing
  return withRunLock(folder, async () => {
    await untilOrphansEnd(folder, context);
    await settlePrevious(CROSS_VALIDATION, folder);
    await settleFolder(CROSS_VALIDATION, folder);
    const file = await readCrossValidationFile(folder);
    await checkSameData(`the cross-validation in ${folder}`, file);
    const saved = optionsFromHere(file);
    const options = { ...saved, output: folder, ...goneOnWith(saved, asked) };
    const source = await readTraining(options, context.listen, context.signal);
    return carryOut(options, deal(options, source, context), context);
  });
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
  if (!(await isWorkOf(CROSS_VALIDATION, output))) return crossValidate(options, context);
  if (await exists(join(output, CROSS_VALIDATION.marker))) {
    const saved = optionsFromHere(await readCrossValidationFile(output));
    checkSameOptions(`the cross-validation in ${output}`, saved, options);
  }
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
  const finished = await finishedRuns(options);
  const left = runs.filter(({ options }) => !finished.some((run) => run.options.output === options.output));
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
