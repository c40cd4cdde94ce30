/**
 * What every engine does: train a BERT step by step and answer with it. Nothing else of the project knows which
 * engine runs.
 */
import type { BertConfig } from '../model/bert-config.ts';
import type { Tensor } from '../model/safetensors.ts';
import type { AdamWOptions } from './adamw.ts';
import type { Objective } from './objective.ts';

/** Token ids of several texts, padded to one length. All arrays are [batch × time], row by row. */
export interface Batch {
  readonly batch: number;
  readonly time: number;
  readonly inputIds: BigInt64Array;
  readonly attentionMask: BigInt64Array;
  readonly tokenTypeIds: BigInt64Array;
  /** Of masked language modelling only: the places that are asked for [positions], counted row by row. */
  readonly positions?: BigInt64Array;
}

/** A batch with its truth. */
export interface LabelledBatch extends Batch {
  /** class ids [batch], or the tokens that stood at the positions [positions] */
  readonly labels: BigInt64Array;
  /** what each example counts for in the loss [batch], above zero: where the objective weighs examples */
  readonly exampleWeights?: Float32Array;
}

export type NamedTensors = ReadonlyMap<string, Tensor>;

/** All that decides what a step does, but the data and the learning rate. */
export interface EngineOptions {
  readonly config: BertConfig;
  /** What it is trained for. */
  readonly objective: Objective;
  /** By the names and shapes of `parametersOf`. The engine takes them over, and may train them in place. */
  readonly weights: NamedTensors;
  readonly optimizer: AdamWOptions;
  /** Gradients are scaled down to this norm; 0: never. */
  readonly maxGradNorm: number;
  /** Of the dropout masks. */
  readonly seed: number;
  /** Threads of one step; absent: as many as there are cores. */
  readonly threads?: number;
}

/** What one update tells. */
export interface StepResult {
  /** over all micro-batches, as of one large batch */
  readonly loss: number;
  /** before clipping */
  readonly gradientNorm: number;
}

/** All that a run needs to go on as if it had never stopped. */
export interface TrainingState {
  /** Updates made so far. */
  readonly step: number;
  readonly weights: NamedTensors;
  readonly firstMoments: NamedTensors;
  readonly secondMoments: NamedTensors;
}

/** A BERT in training. It holds native memory: give it back with `dispose`. */
export interface Engine {
  /** One update, with the gradient that all micro-batches would give as one batch. */
  trainStep(microBatches: readonly LabelledBatch[], learningRate: number): Promise<StepResult>;
  /** Without dropout, with the weights as they are. @returns [batch × classes] or [positions × vocabulary] */
  logits(batch: Batch): Promise<Float32Array>;
  /** A view of the live state, or a copy of what lies on a GPU: use it before the next step. */
  state(): Promise<TrainingState>;
  restore(state: TrainingState): void;
  dispose(): Promise<void>;
}
