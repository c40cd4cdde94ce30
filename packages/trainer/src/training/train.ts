/**
 * One run, from files to a folder with the best model, its measurements and its predictions. Everything it has
 * to say goes to `listen` and to `events.jsonl`; it prints nothing.
 */
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { applyTemperature, OtzyvError } from '@otzyv/core';
import { fingerprintFile } from '../data/fingerprint.ts';
import { chooseEngine, type DeviceRequest, type EngineRequest } from '../engine/choose.ts';
import { writeJson } from '../files.ts';
import { checkModelName, type FetchOptions } from '../hub/fetch-model.ts';
import { loadClassifier } from '../inference/classifier.ts';
import { decide } from '../inference/decision.ts';
import type { Decision } from '../model/decision-schema.ts';
import { exists, readModelCard } from '../model/model-folder.ts';
import { writeReport } from '../report/report.ts';
import { bestFolder } from './best-model.ts';
import { readTrainerState } from './checkpoint.ts';
import { profileData, writeDataProfile } from './data-profile.ts';
import { type Dataset, loadDataset } from './dataset.ts';
import { type EvaluationResult, measure } from './evaluate.ts';
import { elapsedBefore, finishedEvent, logEvents } from './event-log.ts';
import type { FinishStatus, Listener, RunEvent } from './events.ts';
import { fitDecision } from './fit-decision.ts';
import { lookCloser } from './look-closer.ts';
import { faultOf } from './manifest.ts';
import { recordMeasurement } from './model-card.ts';
import { isLinear, type RunOptions, resolveRunOptions } from './options.ts';
import { writePredictions } from './predictions-file.ts';
import { discardEmptyRun, PREVIOUS, setAside, settlePrevious } from './previous-run.ts';
import { readDecision, readResults, writeResults } from './results.ts';
import { calledHere, checkRunFolder, readRunFile, settleRunFolder, writeRunFile } from './run-folder.ts';
import { refuseLocked, withRunLock } from './run-lock.ts';
import { slicesOf } from './slices.ts';
import { bertTrainer } from './train-bert.ts';
import { linearTrainer } from './train-linear.ts';

/** What a run is given beside its options: who listens, and who may stop it. */
export interface RunContext {
  readonly listen: Listener;
  /** Aborted: the run finishes its step, saves, and returns `interrupted`. While it reads, there is no run yet. */
  readonly signal?: AbortSignal;
  /** How models are had from the hub. */
  readonly fetch?: FetchOptions;
}

/** How a run ended. One that failed throws instead. */
export type RunOutcome =
  | {
      readonly status: FinishStatus;
      /** where the best model lies */
      readonly modelFolder: string;
      readonly evaluation: EvaluationResult;
      /** How its scores are made into answers; absent where an earlier version measured it. */
      readonly decision?: Decision | undefined;
      readonly elapsedMs: number;
    }
  | { readonly status: 'interrupted'; readonly step: number };

export interface TrainingTask {
  readonly options: RunOptions;
  readonly dataset: Dataset;
  readonly context: RunContext;
}

export type TrainingEnd =
  | { readonly status: FinishStatus; readonly bestStep: number }
  | { readonly status: 'interrupted' };

/** What a kind of model has to do. Both fill `best/`. */
export interface Trainer {
  /** @param isResumed go on from the newest checkpoint, if there is one */
  train(task: TrainingTask, isResumed: boolean): Promise<TrainingEnd>;
  /**
   * Once more on all rows, as long as was best. What does not come to its end leaves `best/` as it was.
   * @param bestStep updates of the training that was measured
   */
  refit(task: TrainingTask, bestStep: number): Promise<FinishStatus | 'interrupted'>;
}

/**
 * What can be known to be wrong with a run before any of its data is read: its folder is taken, or another process
 * trains into it, or its model is neither a folder nor a name that the hub could know.
 */
export async function checkRun(
  options: RunOptions,
  { overwrite = false }: { overwrite?: boolean } = {},
): Promise<void> {
  await checkRunFolder(options.output, overwrite);
  await refuseLocked(options.output);
  await checkModel(options);
}

/** @throws OtzyvError `hub.*` for what is neither a folder nor a name that the hub could know */
export async function checkModel({ model, revision }: Pick<RunOptions, 'model' | 'revision'>): Promise<void> {
  if (model !== 'linear' && model !== 'micro' && !(await exists(model))) checkModelName(model, revision);
}

/** Begins a run in a folder of its own. */
export async function train(
  asked: RunOptions,
  context: RunContext,
  { overwrite = false }: { overwrite?: boolean } = {},
): Promise<RunOutcome> {
  const options = await withEngine(asked);
  // the data is read before anything is written: a fault in it leaves no trace
  const heard: RunEvent[] = [];
  const listen: Listener = (event) => {
    heard.push(event);
    context.listen(event);
  };
  await checkRun(options, { overwrite });
  listen({ type: 'run.started', options });
  const dataset = await unlessAborted(context, () => loadDataset(options, listen, context.signal));
  if (dataset === undefined) return { status: 'interrupted', step: 0 };
  return withRunLock(options.output, async () => {
    await checkRunFolder(options.output, overwrite); // another process may have been here meanwhile
    await setAside(options.output);
    try {
      await writeRunFile(options.output, options, dataset.fingerprints);
      heard.forEach(logEvents(options.output, () => undefined));
      return await carryOut({ options, dataset, context }, false);
    } catch (error) {
      await discardEmptyRun(options.output).catch(() => undefined);
      throw error;
    }
  });
}

/** @returns undefined where the work was given up because of the signal */
async function unlessAborted<T>({ signal }: RunContext, work: () => Promise<T>): Promise<T | undefined> {
  return work().catch((error: unknown) => {
    if (signal?.aborted && error === signal.reason) return undefined;
    throw error;
  });
}

/** An engine and a device in place of `auto`: a run that is resumed goes on with those that it was begun with. */
export async function withEngine<Options extends Pick<RunOptions, 'model' | 'engine' | 'device'>>(
  options: Options,
): Promise<Options> {
  return isLinear(options)
    ? options
    : { ...options, ...(await chooseEngine(options.engine, options.device)) };
}

/**
 * Goes on with a run that was interrupted, from its newest checkpoint that is whole, with the options it was begun with.
 * @throws OtzyvError `run.not-a-run`, `run.finished`, `run.locked`, `run.data-changed`
 */
export async function resume(
  folder: string,
  context: RunContext,
  asked: Computing = {},
): Promise<RunOutcome> {
  // a folder that holds no run is not touched
  if (!(await exists(join(folder, PREVIOUS)))) await readRunFile(folder);
  return withRunLock(folder, async () => {
    await settlePrevious(folder);
    const file = await readRunFile(folder);
    if (await finishedEvent(folder)) {
      throw new OtzyvError(
        'run.finished',
        `the run in ${folder} has come to its end`,
        `Use its model: npx otzyv predict --model ${folder} …`,
      );
    }
    const options = resolveRunOptions({
      ...optionsFromHere(file),
      output: folder,
      ...goneOnWith(file.options, asked),
    });
    const fingerprints = Object.entries(file.data).map(
      ([name, data]) => [calledHere(file, name), data] as const,
    );
    for (const [name, { sha256 }] of fingerprints) {
      if ((await fingerprintFile(name)).sha256 !== sha256) {
        throw new OtzyvError(
          'run.data-changed',
          `${name} is not the file this run was begun with`,
          'Put the old file back, or start a new run.',
        );
      }
    }
    const dataset = await unlessAborted(context, () => loadDataset(options, context.listen, context.signal));
    if (dataset === undefined) {
      const saved = await readTrainerState(folder).catch(() => undefined);
      return { status: 'interrupted', step: saved?.global_step ?? 0 };
    }
    return carryOut({ options, dataset, context }, true);
  });
}

/** Options that name something in the file system. */
const PATHS = ['trainFile', 'validationFile', 'model'] as const;

/** A run may be gone on with from another folder than it was begun in. */
function optionsFromHere(file: Awaited<ReturnType<typeof readRunFile>>): RunOptions {
  const paths = PATHS.flatMap((name) => {
    const path = file.options[name];
    return path === undefined ? [] : [[name, calledHere(file, path)]];
  });
  return { ...file.options, ...Object.fromEntries(paths) };
}

/** What a run is computed with, and how often it is saved: of a step's result nothing hangs on it. A checkpoint of one engine is a checkpoint of all. */
export interface Computing {
  engine?: EngineRequest | undefined;
  device?: DeviceRequest | undefined;
  threads?: number | undefined;
  saveSteps?: number | undefined;
  saveTotalLimit?: number | undefined;
}

/** The device was chosen for the engine that the run was begun with; another engine chooses again. */
export function goneOnWith(
  saved: Pick<RunOptions, 'engine' | 'device' | 'threads'>,
  { engine = 'auto', device = 'auto', threads = saved.threads, saveSteps, saveTotalLimit }: Computing,
): Pick<RunOptions, 'engine' | 'device' | 'threads'> &
  Partial<Pick<RunOptions, 'saveSteps' | 'saveTotalLimit'>> {
  const isOther = engine !== 'auto' && engine !== saved.engine;
  return {
    engine: engine === 'auto' ? saved.engine : engine,
    device: device !== 'auto' || isOther ? device : saved.device,
    ...(threads !== undefined && { threads }),
    ...(saveSteps !== undefined && { saveSteps }),
    ...(saveTotalLimit !== undefined && { saveTotalLimit }),
  };
}

/**
 * Begins the run, goes on with it, or takes its result, whichever its folder asks for: the same call made again
 * after an interruption leads to the same end.
 * @throws OtzyvError `run.other-options` when the run in the folder was begun with other options
 */
export async function trainOrResume(options: RunOptions, context: RunContext): Promise<RunOutcome> {
  const folder = options.output;
  if (await exists(join(folder, PREVIOUS))) await withRunLock(folder, () => settlePrevious(folder));
  if (!(await exists(join(folder, 'run.json')))) return train(options, context);
  const saved = optionsFromHere(await readRunFile(folder));
  const differs = (Object.keys({ ...saved, ...options }) as (keyof RunOptions)[])
    .filter((name) => !ANY_AGAIN.includes(name))
    .find((name) => !isSame(name, saved[name], options[name]));
  if (differs !== undefined) {
    throw new OtzyvError(
      'run.other-options',
      `the run in ${folder} was begun with ${differs} ${JSON.stringify(saved[differs])}, not ${JSON.stringify(options[differs])}`,
      'Give the options it was begun with, or choose another --output.',
    );
  }
  const finished = await finishedEvent(folder);
  if (finished === undefined) return resume(folder, context, options);
  return {
    status: finished.status,
    modelFolder: bestFolder(folder),
    evaluation: await readResults(folder),
    decision: await readDecision(folder),
    elapsedMs: finished.elapsedMs,
  };
}

/** What may be another when a run is gone on with; a folder may be named in several ways, and moved. */
const ANY_AGAIN: readonly (keyof RunOptions)[] = [
  'output',
  'engine',
  'device',
  'threads',
  'saveSteps',
  'saveTotalLimit',
];

function isSame(name: keyof RunOptions, saved: unknown, given: unknown): boolean {
  const isPath = (PATHS as readonly string[]).includes(name);
  if (isPath && typeof saved === 'string' && typeof given === 'string')
    return resolve(saved) === resolve(given);
  return isDeepStrictEqual(saved, given);
}

async function carryOut(task: TrainingTask, isResumed: boolean): Promise<RunOutcome> {
  const { options, dataset } = task;
  const begun = performance.now();
  const earlierMs = isResumed ? await elapsedBefore(options.output) : 0;
  let step = 0;
  const tell = logEvents(options.output, task.context.listen);
  const listen: Listener = (event) => {
    if (event.type === 'step' || event.type === 'run.resumed') step = event.step;
    tell(event);
  };
  const logged: TrainingTask = { ...task, context: { ...task.context, listen } };
  const trainer = isLinear(options) ? linearTrainer : bertTrainer;
  const sinceBegunMs = () => performance.now() - begun;
  const elapsedMs = () => earlierMs + sinceBegunMs();
  const interrupted = (): RunOutcome => {
    listen({ type: 'run.interrupted', step, folder: options.output, elapsedMs: elapsedMs() });
    return { status: 'interrupted', step };
  };
  try {
    await settleRunFolder(options.output);
    const end = await trainer.train(logged, isResumed);
    if (end.status === 'interrupted') return interrupted();
    // a model that has seen the validation rows is not measured on them
    const evaluation = (await isRefitted(options))
      ? await readResults(options.output)
      : await measureBest(logged, elapsedMs());
    if (options.refit && !(await isRefitted(options))) {
      const refit = await refitInTime(trainer, logged, end.bestStep, sinceBegunMs());
      if (refit === 'interrupted') return interrupted();
    }
    const decision = await readDecision(options.output);
    const profile = profileData(dataset);
    await writeDataProfile(options.output, profile);
    await recordMeasurement(bestFolder(options.output), options, evaluation, profile, decision);
    await writeJson(join(options.output, 'train_results.json'), {
      train_runtime: elapsedMs() / 1000,
      train_samples: dataset.train.texts.length,
      status: end.status,
      best_step: end.bestStep,
    });
    await writeReport(options.output);
    listen({
      type: 'run.finished',
      status: end.status,
      bestStep: end.bestStep,
      metric: options.metric,
      value: evaluation.metrics[options.metric] as number,
      folder: bestFolder(options.output),
      elapsedMs: elapsedMs(),
    });
    return {
      status: end.status,
      modelFolder: bestFolder(options.output),
      evaluation,
      decision,
      elapsedMs: elapsedMs(),
    };
  } catch (error) {
    // downloads and measurements have their own way to say so
    if (task.context.signal?.aborted && error === task.context.signal.reason) return interrupted();
    tellOfFailure(listen, error);
    throw error;
  }
}

/** Within what is left of the run's budget; without enough of it, the model that was measured stays. */
async function refitInTime(trainer: Trainer, task: TrainingTask, bestStep: number, elapsedMs: number) {
  const { maxMinutes } = task.options;
  const left = maxMinutes === undefined ? undefined : maxMinutes - elapsedMs / 60_000;
  const options = left === undefined ? task.options : { ...task.options, maxMinutes: left };
  const status =
    left !== undefined && left <= 0 ? 'out-of-time' : await trainer.refit({ ...task, options }, bestStep);
  if (status === 'out-of-time') {
    const message = 'no time was left to train once more on all rows: the model is the one that was measured';
    task.context.listen({ type: 'warning', message });
  }
  return status;
}

async function isRefitted({ output }: RunOptions): Promise<boolean> {
  return (await readModelCard(bestFolder(output)))?.trainedOn.refitted === true;
}

/**
 * Measures what was saved, by loading it as any user will, and writes the results beside it.
 * @param elapsedMs since the run began
 */
async function measureBest(
  { options, dataset, context }: TrainingTask,
  elapsedMs: number,
): Promise<EvaluationResult> {
  const { validation } = dataset;
  const fault = await faultOf(bestFolder(options.output));
  if (fault !== undefined) {
    throw new OtzyvError(
      'run.damaged-best',
      `${bestFolder(options.output)} was damaged since it was saved: ${fault}`,
      `Go on with the run, which then makes it again: npx otzyv train --resume ${options.output}`,
    );
  }
  const classifier = await loadClassifier(bestFolder(options.output), { isRaw: true });
  try {
    const started = performance.now();
    const { result, probabilities } = await measure(classifier, validation.originals, validation.labelIds, {
      signal: context.signal,
    });
    const seconds = (performance.now() - started) / 1000;
    const { originals: texts, labelIds, rows } = validation;
    const predictions = { labels: result.labels, rows, texts, labelIds, probabilities, columns: {} };
    const { decision } = fitDecision(predictions, options.validationFile ?? options.trainFile);
    const calibrated = applyTemperature(probabilities, result.labels.length, decision.temperature);
    const confidences = decide(calibrated, result.labels, decision).map(({ confidence }) => confidence);
    await writeResults(options.output, result, seconds, {
      decision,
      slices: slicesOf(predictions, { confidences }),
    });
    await writePredictions(join(options.output, 'validation_pred.csv'), predictions);
    const { signal } = context;
    await lookCloser({ run: options.output, classifier, predictions, decision, elapsedMs, signal });
    return result;
  } finally {
    await classifier.dispose();
  }
}

/** The log may be what failed (a full disk): the first fault is the one to report. */
function tellOfFailure(listen: Listener, error: unknown): void {
  const code = error instanceof OtzyvError ? error.code : 'internal.fault';
  const message = error instanceof Error ? error.message : String(error);
  try {
    listen({ type: 'run.failed', code, message });
  } catch {
    return;
  }
}
