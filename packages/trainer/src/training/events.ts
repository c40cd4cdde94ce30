/**
 * What a run says of itself while it goes: one JSON object a line in `events.jsonl`, in this order:
 * run.started, data.read, data.audited, data.split, model.ready, engine.ready, then step … eval … checkpoint …, and
 * last run.finished, run.interrupted or run.failed. Progress bars, monitors, servers and reports are all made from these.
 */
import type { RunningEngine } from '../engine/choose.ts';
import type { ToldPretrainingOptions } from '../pretraining/options.ts';
import type { EvaluationResult } from './evaluate.ts';
import type { EvaluationDetails } from './evaluation-details.ts';
import type { RunOptions } from './options.ts';
import type { ResourceReading } from './resources.ts';

/** Raised when an event loses or changes a field; new fields and new events do not raise it. */
export const EVENT_SCHEMA_VERSION = 1;

/** All that a run can say, by `type`. */
export type RunEvent =
  | { type: 'run.started'; options: StartedOptions }
  | { type: 'run.resumed'; step: number }
  /** held between two steps until it is asked to go on */
  | { type: 'run.paused'; step: number }
  | { type: 'run.unpaused'; step: number }
  /** `epoch`: after the one it is in */
  | { type: 'stop.requested'; when: 'epoch' | 'now' }
  | {
      type: 'data.read';
      file: string;
      rows: number;
      emptyTexts: number;
      badRows: number;
      /** none where texts have no labels */
      classes: ClassCount[];
    }
  /** of all files of a pre-training: how many texts are left, and how many were not, as copies of others or of what is to be kept out */
  | { type: 'data.gathered'; texts: number; copies: number; excluded: number }
  /** what an audit's file changed: rows left out of training, held out all the same, and given another label */
  | { type: 'data.audited'; file: string; excluded: number; stillMeasured: number; relabelled: number }
  | { type: 'data.split'; train: number; validation: number; warnings: string[] }
  | { type: 'download'; file: string; receivedBytes: number; totalBytes: number | undefined }
  | {
      type: 'model.ready';
      model: string;
      parameters: number;
      /** without the embeddings that no text of the data uses */
      trainedParameters: number;
      vocabulary: number;
      /** share of training texts that are cut at the length limit */
      truncatedShare: number;
      /** weights that the source did not have, and were drawn at random */
      newWeights: string[];
      /** updates that the whole run will make */
      totalSteps: number;
    }
  /** what trains, and why there; `name` is `onnx` or `tfjs` */
  | ({ type: 'engine.ready' } & Omit<RunningEngine, 'warnings'>)
  | ({ type: 'step' } & StepReport)
  /** of the last training on all rows */
  | ({ type: 'refit.step' } & StepReport)
  /** now and then, of the texts that the features are learned from, and then of those that are made into vectors */
  | { type: 'linear.features'; stage: 'vocabulary' | 'vectors'; done: number; total: number }
  | { type: 'linear.iteration'; iteration: number; objective: number; gradientNorm: number }
  /** earlier versions give no details */
  | ({
      type: 'eval';
      step: number;
      epoch: number;
      metrics: EvaluationResult['metrics'];
      isBest: boolean;
      elapsedMs: number;
    } & Partial<EvaluationDetails>)
  /** every two seconds of training, if steps are not longer */
  | ({ type: 'resources' } & ResourceReading)
  /** now and then, while an evaluation takes long */
  | { type: 'eval.progress'; done: number; total: number }
  | { type: 'checkpoint'; step: number; folder: string }
  | { type: 'warning'; message: string }
  | {
      type: 'run.finished';
      status: FinishStatus;
      bestStep: number;
      metric: string;
      value: number;
      folder: string;
      elapsedMs: number;
    }
  | { type: 'run.interrupted'; step: number; folder: string; elapsedMs: number }
  | { type: 'run.failed'; code: string; message: string };

/** What a run was asked for: to learn from labels, or from texts without. */
export type StartedOptions = RunOptions | ToldPretrainingOptions;

/** One update. `elapsedMs` is its own time, `loss` that of its batch. */
export interface StepReport {
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly examples: number;
  /** of its examples, without padding; earlier versions do not tell */
  readonly tokens?: number;
  readonly elapsedMs: number;
}

/**
 * Why a run ended: all epochs done, no improvement for long enough, the time budget spent, or asked to after an epoch. Of
 * these, one that was `stopped` can be gone on with.
 */
export type FinishStatus = 'completed' | 'early-stopped' | 'out-of-time' | 'stopped';

/** How many rows have a label. */
export interface ClassCount {
  readonly label: string;
  readonly count: number;
}

/** As it stands in `events.jsonl`. */
export type LoggedEvent = RunEvent & { readonly v: number; readonly time: string };

/** Takes events as they happen. */
export type Listener = (event: RunEvent) => void;
