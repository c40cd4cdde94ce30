/**
 * Where a run stands, from what it has told: a pure fold over its events that monitor, server, page and report share, so that they
 * never disagree. A state is plain JSON of bounded size: it can be sent, and gone on with elsewhere.
 */
import type { ClassScore, HardExample } from '../training/evaluation-details.ts';
import type { ClassCount, FinishStatus, StartedOptions } from '../training/events.ts';
import type { ResourceReading } from '../training/resources.ts';
import { type Curve, EMPTY_CURVE } from './curve.ts';
import type { LogLine } from './log-line.ts';
import { type Smoothed, UNSMOOTHED } from './smoothing.ts';

/** What a run is busy with. `refitting`: training once more, on all rows. */
export type RunPhase =
  | 'reading'
  | 'preparing'
  | 'learning-features'
  | 'training'
  | 'evaluating'
  | 'refitting'
  | 'ended';

export interface RunState {
  /** null until it has told of them */
  readonly options: StartedOptions | null;
  readonly startedAt: string | null;
  /** when it last told of anything */
  readonly updatedAt: string | null;
  /** of all processes that were at work on it, without the time between them */
  readonly elapsedMs: number;
  /** how often it was gone on with */
  readonly resumptions: number;
  readonly phase: RunPhase;
  /** held between two steps until it is asked to go on */
  readonly isPaused: boolean;
  /** whether it was asked to end, after the epoch it is in or at once; null also when it has */
  readonly stopRequested: 'epoch' | 'now' | null;
  /** of what it is busy with besides its steps, where that can be told */
  readonly partDone: { readonly done: number; readonly total: number } | null;
  readonly data: RunData | null;
  readonly model: RunModel | null;
  readonly engine: { readonly name: string; readonly device: string; readonly reason: string } | null;
  /** updates made; of a linear model, iterations */
  readonly step: number;
  /** null for a linear model, which ends when it has converged */
  readonly totalSteps: number | null;
  readonly epoch: number;
  /** the last step's */
  readonly latest: LatestStep | null;
  /** the loss; of a linear model, the objective it minimises */
  readonly curve: Curve;
  readonly smoothedLoss: Smoothed;
  /** milliseconds a step */
  readonly pace: Smoothed;
  readonly examplesPerStep: Smoothed;
  /** without padding; runs of earlier versions do not tell */
  readonly tokensPerStep: Smoothed;
  /** while it trains; null before the first reading, in a pause and after the end */
  readonly resources: ResourceReading | null;
  /** how long the last evaluation took */
  readonly evaluationMs: number | null;
  /** by ascending step */
  readonly evaluations: readonly RunEvaluation[];
  /** of the evaluations the one that the model is kept of */
  readonly best: RunEvaluation | null;
  /** of the last evaluation; null where it was not told */
  readonly confusion: RunConfusion | null;
  /** of the last evaluation, the hardest first */
  readonly hardest: readonly HardExample[];
  readonly checkpoint: RunCheckpoint | null;
  /** how it ended, if its last process has said so */
  readonly end: RunEnd | null;
  /** the last, the newest at the end */
  readonly log: readonly LogLine[];
}

export interface RunData {
  readonly file: string;
  readonly rows: number;
  readonly classes: readonly ClassCount[];
  /** rows; null until they are split */
  readonly train: number | null;
  readonly validation: number | null;
}

export interface RunModel {
  readonly parameters: number;
  readonly trainedParameters: number;
  readonly vocabulary: number;
  readonly truncatedShare: number;
}

export interface LatestStep {
  readonly loss: number;
  readonly learningRate: number | null;
  readonly gradientNorm: number;
}

export interface RunEvaluation {
  readonly step: number;
  readonly epoch: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** kept of the last evaluation and of the best */
  readonly perClass: readonly ClassScore[] | null;
}

export interface RunConfusion {
  readonly labels: readonly string[];
  /** counts by [truth][answer] */
  readonly matrix: readonly (readonly number[])[];
}

export interface RunCheckpoint {
  readonly step: number;
  readonly time: string;
}

export type RunEnd =
  | {
      readonly status: FinishStatus;
      readonly metric: string;
      readonly value: number;
      readonly bestStep: number;
    }
  | { readonly status: 'interrupted' }
  | { readonly status: 'failed'; readonly code: string; readonly message: string };

/** Of a run that has told nothing yet. */
export const INITIAL_RUN_STATE: RunState = {
  options: null,
  startedAt: null,
  updatedAt: null,
  elapsedMs: 0,
  resumptions: 0,
  phase: 'reading',
  isPaused: false,
  stopRequested: null,
  partDone: null,
  data: null,
  model: null,
  engine: null,
  step: 0,
  totalSteps: null,
  epoch: 0,
  latest: null,
  curve: EMPTY_CURVE,
  smoothedLoss: UNSMOOTHED,
  pace: UNSMOOTHED,
  examplesPerStep: UNSMOOTHED,
  tokensPerStep: UNSMOOTHED,
  resources: null,
  evaluationMs: null,
  evaluations: [],
  best: null,
  confusion: null,
  hardest: [],
  checkpoint: null,
  end: null,
  log: [],
};
