/** What a self-training is given beside its options, what it says of itself, and how it ends. */
import type { FetchOptions } from '../hub/fetch-model.ts';
import type { ClassCount, RunEvent } from '../training/events.ts';
import type { PseudoLabelOptions } from './options.ts';

/** The texts that joined the training rows in a round. */
export interface PseudoLabelSelection {
  /** from 1 */
  readonly round: number;
  /** texts that the model was sure enough of */
  readonly confident: number;
  /** of them, those that joined: the others' classes would have outgrown their share */
  readonly joined: number;
  /** of those that joined, by the label that the model gave them */
  readonly classes: readonly ClassCount[];
}

/** A round that has come to its end. */
export interface PseudoLabelRound extends PseudoLabelSelection {
  /** of the run's metric, on its validation rows */
  readonly value: number;
  readonly isBest: boolean;
}

/** Why there are no more rounds. */
export type PseudoLabelEnd = 'no-improvement' | 'all-rounds' | 'nothing-confident';

/** What came of it: `pseudo_label_results.json`. */
export interface PseudoLabelResult {
  readonly status: 'completed';
  readonly end: PseudoLabelEnd;
  /** the run's own, by which rounds are compared */
  readonly metric: string;
  /** of the run that it began with */
  readonly before: number;
  readonly rounds: readonly PseudoLabelRound[];
  /** `round` 0 is the run that it began with: no round was better */
  readonly best: { readonly round: number; readonly value: number };
}

/** How it ended. One that failed throws instead. */
export type PseudoLabelOutcome =
  | (PseudoLabelResult & { readonly modelFolder: string })
  | { readonly status: 'interrupted'; readonly round: number };

/** All that a self-training can say: of its data as a run does, and of its rounds, which keep logs of their own. */
export type PseudoLabelEvent =
  | RunEvent
  | { type: 'pseudo-label.started'; options: PseudoLabelOptions; metric: string; before: number }
  | {
      type: 'unlabelled.read';
      file: string;
      /** that may join */
      texts: number;
      /** that stand in the training or the validation file, or belong to a group that is held out */
      known: number;
      /** of others before them */
      copies: number;
      /** without a word */
      empty: number;
      badRows: number;
    }
  | { type: 'round.answering'; round: number; done: number; total: number }
  | ({ type: 'round.selected' } & PseudoLabelSelection)
  | { type: 'round.event'; round: number; event: RunEvent }
  | ({ type: 'round.finished' } & PseudoLabelRound & { elapsedMs: number });

/** What a self-training is given beside its options. */
export interface PseudoLabelContext {
  readonly listen: (event: PseudoLabelEvent) => void;
  /** Aborted: the step is finished and saved, and it returns `interrupted`. */
  readonly signal?: AbortSignal;
  readonly fetch?: FetchOptions;
}
