/** What a cross-validation is given beside its options, what it says of itself, and how it ends. */
import type { Grouping } from '../data/assign-folds.ts';
import type { FetchOptions } from '../hub/fetch-model.ts';
import type { CrossValidationOptions } from './cross-validation-options.ts';
import type { CrossValidationResult } from './cross-validation-results.ts';
import type { EvaluationResult } from './evaluate.ts';
import type { RunEvent } from './events.ts';

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
