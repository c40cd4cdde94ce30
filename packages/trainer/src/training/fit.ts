/**
 * The training loop: shuffled batches, a learning rate by schedule, evaluation after each epoch, the best state
 * kept, checkpoints, early stopping. It speaks through events and stops between two steps when asked to. The order of the
 * data is a function of seed and epoch, so a loop begun at any step goes the way it would have gone.
 */

import { OtzyvError } from '@otzyv/core';
import { breathe } from '../breathe.ts';
import type { Steering } from '../control/steering.ts';
import { epochBatches } from '../data/batches.ts';
import type { Engine } from '../engine/engine.ts';
import type { TrainerState } from './checkpoint.ts';
import type { FinishStatus, Listener } from './events.ts';
import type { RunOptions } from './options.ts';
import { evalMetrics } from './results.ts';
import { learningRateAt } from './schedule.ts';
import type { TrainingSet } from './training-set.ts';

/** What the loop goes by. */
export type LoopOptions = Pick<
  RunOptions,
  | 'epochs'
  | 'batchSize'
  | 'gradientAccumulationSteps'
  | 'learningRate'
  | 'schedule'
  | 'warmupSteps'
  | 'seed'
  | 'metric'
  | 'greaterIsBetter'
  | 'earlyStoppingPatience'
  | 'saveSteps'
  | 'maxMinutes'
>;

export interface FitTask {
  readonly engine: Engine;
  readonly train: TrainingSet;
  readonly options: LoopOptions;
  /** Where to begin: `FRESH_STATE`, or a checkpoint's. */
  readonly start: TrainerState;
  /** Measures the engine as it is, on the validation data; interrupted, it throws the signal's reason. */
  evaluate(): Promise<Readonly<Record<string, number>>>;
  /** Called when an evaluation beats all before it. */
  keepBest(state: TrainerState): Promise<void>;
  saveCheckpoint(state: TrainerState): Promise<void>;
  readonly listen: Listener;
  readonly signal?: AbortSignal | undefined;
  /** Pauses, checkpoints and a stop that are asked for on the way; absent: none are. */
  readonly steering?: Pick<Steering, 'betweenSteps' | 'isStopAsked'> | undefined;
  /** Milliseconds on any clock. */
  now(): number;
}

export type FitOutcome = { readonly state: TrainerState } & (
  | { readonly status: FinishStatus }
  | { readonly status: 'interrupted' }
);

/** @returns how many updates an epoch makes */
export function stepsPerEpoch(
  examples: number,
  { batchSize, gradientAccumulationSteps }: Pick<LoopOptions, 'batchSize' | 'gradientAccumulationSteps'>,
): number {
  return Math.max(1, Math.ceil(Math.ceil(examples / batchSize) / gradientAccumulationSteps));
}

/** @returns how many updates the whole run makes; epochs may be a fraction */
export function totalSteps(examples: number, options: LoopOptions): number {
  return Math.max(1, Math.ceil(options.epochs * stepsPerEpoch(examples, options)));
}

export async function fit(task: FitTask): Promise<FitOutcome> {
  const { engine, train, options, listen, now } = task;
  const begun = now();
  const perEpoch = stepsPerEpoch(train.lengths.length, options);
  const total = totalSteps(train.lengths.length, options);
  const updateAt = updates(train, options, perEpoch);
  const log = [...task.start.log_history]; // grows in place: copying it at each step would take quadratic time
  let state: TrainerState = { ...task.start, max_steps: total, log_history: log };

  const isOutOfTime = () => options.maxMinutes !== undefined && now() - begun > options.maxMinutes * 60_000;
  const isExhausted = () =>
    options.earlyStoppingPatience !== undefined &&
    state.evaluations_without_improvement >= options.earlyStoppingPatience;
  const isEpochOver = () =>
    state.global_step > 0 && (state.global_step % perEpoch === 0 || state.global_step >= total);
  /** Whether nothing has happened since the last evaluation. */
  const isSettled = () => log.length > 0 && log.at(-1)?.['loss'] === undefined;
  let saved = log.length > 0 ? state : undefined;
  const save = async () => {
    await task.saveCheckpoint(state);
    saved = state;
  };

  const makeStep = async () => {
    const started = now();
    const learningRate = learningRateAt(state.global_step, total, options);
    const group = updateAt(state.global_step);
    const epoch = Math.floor(state.global_step / perEpoch);
    const batches = group.map((indices) => train.batch(indices, epoch));
    const { loss, gradientNorm } = await engine.trainStep(batches, learningRate);
    const step = state.global_step + 1;
    if (!Number.isFinite(loss)) throw diverged('loss', loss, step);
    if (!Number.isFinite(gradientNorm)) throw diverged('gradient norm', gradientNorm, step);
    state = { ...state, global_step: step, epoch: step / perEpoch };
    log.push({ step, epoch: state.epoch, loss, grad_norm: gradientNorm, learning_rate: learningRate });
    listen({
      type: 'step',
      step,
      totalSteps: total,
      epoch: state.epoch,
      loss,
      gradientNorm,
      learningRate,
      examples: group.flat().length,
      tokens: group.flat().reduce((sum, index) => sum + (train.lengths[index] as number), 0),
      elapsedMs: now() - started,
    });
    await breathe();
  };

  const evaluateAndSave = async () => {
    const started = now();
    const metrics = await task.evaluate();
    const improved = isBetter(metrics[options.metric], state.best_metric, options.greaterIsBetter);
    state = withEvaluation(state, metrics, improved, options.metric);
    log.push({ step: state.global_step, epoch: state.epoch, ...evalMetrics(metrics) });
    if (improved) await task.keepBest(state);
    listen({
      type: 'eval',
      step: state.global_step,
      epoch: state.epoch,
      metrics,
      isBest: improved,
      elapsedMs: now() - started,
    });
    await save();
  };

  const saveUnlessSaved = async () => {
    if (saved !== state) await save();
  };

  const interrupted = async (): Promise<FitOutcome> => {
    await saveUnlessSaved();
    return { status: 'interrupted', state };
  };

  try {
    for (;;) {
      await task.steering?.betweenSteps(state.global_step, saveUnlessSaved);
      // an evaluation that was interrupted is made up for when the run is resumed
      if (isEpochOver() && !isSettled()) await evaluateAndSave();
      if (state.global_step >= total) return { status: 'completed', state };
      if (isExhausted()) return { status: 'early-stopped', state };
      if (task.signal?.aborted) return await interrupted();
      if (isEpochOver() && task.steering?.isStopAsked()) return { status: 'stopped', state };
      if (isOutOfTime()) {
        if (!isSettled()) await evaluateAndSave();
        return { status: 'out-of-time', state };
      }
      await makeStep();
      const isSaveDue = options.saveSteps !== undefined && state.global_step % options.saveSteps === 0;
      if (isSaveDue && !isEpochOver()) await save(); // an evaluation saves
    }
  } catch (error) {
    if (task.signal?.aborted && error === task.signal.reason) return interrupted();
    throw error;
  }
}

/** Which batches make an update; those of an epoch are drawn when its first is asked for. */
function updates(train: TrainingSet, options: LoopOptions, perEpoch: number): (step: number) => number[][] {
  let drawn: { epoch: number; updates: number[][][] } | undefined;
  return (step) => {
    const epoch = Math.floor(step / perEpoch);
    if (drawn?.epoch !== epoch) drawn = { epoch, updates: updatesOfEpoch(train, options, epoch) };
    return drawn.updates[step % perEpoch] as number[][];
  };
}

/** The batches of an epoch, as many to an update as gradients are accumulated over. */
function updatesOfEpoch({ lengths }: TrainingSet, options: LoopOptions, epoch: number): number[][][] {
  const { batchSize, seed } = options;
  const batches = epochBatches(lengths, { batchSize, seed, epoch });
  const size = options.gradientAccumulationSteps;
  return Array.from({ length: Math.ceil(batches.length / size) }, (_, i) =>
    batches.slice(i * size, (i + 1) * size),
  );
}

function diverged(what: string, value: number, step: number): OtzyvError {
  return new OtzyvError(
    'run.diverged',
    `the ${what} became ${value} at step ${step}`,
    'Lower --lr, or give it time to rise with --warmup-steps 0.1.',
  );
}

function isBetter(value: number | undefined, best: number | null, greaterIsBetter: boolean): boolean {
  if (value === undefined || Number.isNaN(value)) return false;
  return best === null || (greaterIsBetter ? value > best : value < best);
}

function withEvaluation(
  state: TrainerState,
  metrics: Readonly<Record<string, number>>,
  improved: boolean,
  metric: string,
): TrainerState {
  return {
    ...state,
    ...(improved
      ? {
          best_metric: metrics[metric] as number,
          best_global_step: state.global_step,
          best_model_checkpoint: 'best',
          evaluations_without_improvement: 0,
        }
      : { evaluations_without_improvement: state.evaluations_without_improvement + 1 }),
  };
}
