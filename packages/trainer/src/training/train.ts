/**
 * One run, from files to a folder with the best model, its measurements and its predictions. Everything it has
 * to say goes to `listen` and to `events.jsonl`; it prints nothing.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { OtzyvError } from '@otzyv/core';
import { fingerprintFile } from '../data/fingerprint.ts';
import { chooseEngine, type DeviceRequest, type EngineRequest } from '../engine/choose.ts';
import { settleReplacedFolders, writeJson } from '../files.ts';
import { checkModelName, type FetchOptions } from '../hub/fetch-model.ts';
import { loadClassifier } from '../inference/classifier.ts';
import type { Decision } from '../model/decision-schema.ts';
import { exists, readModelCard } from '../model/model-folder.ts';
import { writeReport } from '../report/report.ts';
import { type Dataset, loadDataset } from './dataset.ts';
import { type EvaluationResult, measure } from './evaluate.ts';
import type { FinishStatus, Listener, RunEvent } from './events.ts';
import { fitDecision } from './fit-decision.ts';
import { recordMeasurement } from './model-card.ts';
import { isLinear, type RunOptions } from './options.ts';
import { writePredictions } from './predictions-file.ts';
import { readDecision, readResults, writeResults } from './results.ts';
import {
  checkRunFolder,
  createRunFolder,
  discardEmptyRun,
  finishedEvent,
  logEvents,
  readRunFile,
  writeRunFile,
} from './run-folder.ts';
import { bertTrainer } from './train-bert.ts';
import { linearTrainer } from './train-linear.ts';

/** What a run is given beside its options: who listens, and who may stop it. */
export interface RunContext {
  readonly listen: Listener;
  /** Aborted: the run finishes its step, saves, and returns `interrupted`. */
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

export function bestFolder(run: string): string {
  return join(run, 'best');
}

/**
 * What can be known to be wrong with a run before any of its data is read: its folder is taken, or its model is
 * neither a folder nor a name that the hub could know.
 */
export async function checkRun(
  options: RunOptions,
  { overwrite = false }: { overwrite?: boolean } = {},
): Promise<void> {
  await checkRunFolder(options.output, overwrite);
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
  const dataset = await loadDataset(options, listen);
  try {
    await createRunFolder(options.output);
    await writeRunFile(options.output, options, dataset.fingerprints);
    heard.forEach(logEvents(options.output, () => undefined));
    return await carryOut({ options, dataset, context }, false);
  } catch (error) {
    await discardEmptyRun(options.output).catch(() => undefined);
    throw error;
  }
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
 * Goes on with a run that was interrupted, from its newest checkpoint, with the options it was begun with.
 * @param asked another engine, device or number of threads than the run was begun with: a checkpoint of one is a
 * checkpoint of all
 */
export async function resume(
  folder: string,
  context: RunContext,
  asked: Computing = {},
): Promise<RunOutcome> {
  const { options: saved, data } = await readRunFile(folder);
  if (await finishedEvent(folder)) {
    throw new OtzyvError(
      'run.finished',
      `the run in ${folder} has come to its end`,
      `Use its model: npx otzyv predict --model ${folder} …`,
    );
  }
  const options = { ...saved, output: folder, ...goneOnWith(saved, asked) };
  for (const [file, { sha256 }] of Object.entries(data)) {
    if ((await fingerprintFile(file)).sha256 !== sha256) {
      throw new OtzyvError(
        'run.data-changed',
        `${file} is not the file this run was begun with`,
        'Put the old file back, or start a new run.',
      );
    }
  }
  const dataset = await loadDataset(options, context.listen);
  return carryOut({ options, dataset, context }, true);
}

/** What a run is computed with: of a step's result nothing hangs on it. */
export interface Computing {
  engine?: EngineRequest | undefined;
  device?: DeviceRequest | undefined;
  threads?: number | undefined;
}

/** The device was chosen for the engine that the run was begun with; another engine chooses again. */
export function goneOnWith(
  saved: Pick<RunOptions, 'engine' | 'device' | 'threads'>,
  { engine = 'auto', device = 'auto', threads = saved.threads }: Computing,
): Pick<RunOptions, 'engine' | 'device' | 'threads'> {
  const isOther = engine !== 'auto' && engine !== saved.engine;
  return {
    engine: engine === 'auto' ? saved.engine : engine,
    device: device !== 'auto' || isOther ? device : saved.device,
    ...(threads !== undefined && { threads }),
  };
}

/**
 * Begins the run, goes on with it, or takes its result, whichever its folder asks for: the same call made again
 * after an interruption leads to the same end.
 * @throws OtzyvError `run.other-options` when the run in the folder was begun with other options
 */
export async function trainOrResume(options: RunOptions, context: RunContext): Promise<RunOutcome> {
  const folder = options.output;
  if (!(await exists(join(folder, 'run.json')))) return train(options, context);
  const { options: saved } = await readRunFile(folder);
  const differs = (Object.keys({ ...saved, ...options }) as (keyof RunOptions)[])
    .filter((name) => !['output', 'engine', 'device', 'threads'].includes(name)) // a folder may be named in several ways, and moved
    .find((name) => !isDeepStrictEqual(saved[name], options[name]));
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

async function carryOut(task: TrainingTask, isResumed: boolean): Promise<RunOutcome> {
  const { options, dataset } = task;
  const begun = performance.now();
  let step = 0;
  const tell = logEvents(options.output, task.context.listen);
  const listen: Listener = (event) => {
    if (event.type === 'step' || event.type === 'run.resumed') step = event.step;
    tell(event);
  };
  const logged: TrainingTask = { ...task, context: { ...task.context, listen } };
  const trainer = isLinear(options) ? linearTrainer : bertTrainer;
  const elapsedMs = () => performance.now() - begun;
  const interrupted = (): RunOutcome => {
    listen({ type: 'run.interrupted', step, folder: options.output, elapsedMs: elapsedMs() });
    return { status: 'interrupted', step };
  };
  try {
    await settleReplacedFolders(options.output);
    const end = await trainer.train(logged, isResumed);
    if (end.status === 'interrupted') return interrupted();
    // a model that has seen the validation rows is not measured on them
    const evaluation = (await isRefitted(options))
      ? await readResults(options.output)
      : await measureBest(logged);
    if (options.refit && !(await isRefitted(options))) {
      const refit = await refitInTime(trainer, logged, end.bestStep, elapsedMs());
      if (refit === 'interrupted') return interrupted();
    }
    const decision = await readDecision(options.output);
    await recordMeasurement(bestFolder(options.output), options, evaluation, decision);
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

/** Measures what was saved, by loading it as any user will, and writes the results beside it. */
async function measureBest({ options, dataset, context }: TrainingTask): Promise<EvaluationResult> {
  const { validation } = dataset;
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
    await writeResults(options.output, result, seconds, decision);
    await writePredictions(join(options.output, 'validation_pred.csv'), predictions);
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
