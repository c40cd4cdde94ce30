/** What a kind of model has to do in a run, and what it is given for that. */
import type { Steering } from '../control/steering.ts';
import type { FetchOptions } from '../hub/fetch-model.ts';
import type { Dataset } from './dataset.ts';
import type { FinishStatus, Listener } from './events.ts';
import type { RunOptions } from './options.ts';

/** What a run is given beside its options: who listens, and who may stop it. */
export interface RunContext {
  readonly listen: Listener;
  /** Aborted: the run finishes its step, saves, and returns `interrupted`. While it reads, there is no run yet. */
  readonly signal?: AbortSignal;
  /** How models are had from the hub. */
  readonly fetch?: FetchOptions;
}

export interface TrainingTask {
  readonly options: RunOptions;
  readonly dataset: Dataset;
  readonly context: RunContext;
  /** How it is paused and stopped from outside; absent: it is not. */
  readonly steering?: Steering;
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
