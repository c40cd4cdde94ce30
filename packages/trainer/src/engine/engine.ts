/**
 * What every engine does: train a BERT classifier step by step and answer with it. Nothing else of the project
 * knows which engine runs.
 */
import type { LossSpec } from '@otzyv/core';
import type { BertConfig } from '../model/bert-config.ts';
import type { Tensor } from '../model/safetensors.ts';
import type { AdamWOptions } from './adamw.ts';

/** Token ids of several texts, padded to one length. All arrays are [batch × time], row by row. */
export interface Batch {
  readonly batch: number;
  readonly time: number;
  readonly inputIds: BigInt64Array;
  readonly attentionMask: BigInt64Array;
  readonly tokenTypeIds: BigInt64Array;
}

/** A batch with its truth. */
export interface LabelledBatch extends Batch {
  /** class ids [batch] */
  readonly labels: BigInt64Array;
}

export type NamedTensors = ReadonlyMap<string, Tensor>;

/** All that decides what a step does, but the data and the learning rate. */
export interface EngineOptions {
  readonly config: BertConfig;
  /** By the names and shapes of `bertParameters`. The engine takes them over, and may train them in place. */
  readonly weights: NamedTensors;
  readonly classes: number;
  readonly loss: LossSpec;
  /** [classes]; absent: all classes weigh the same */
  readonly classWeights?: readonly number[];
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
  /** Without dropout, with the weights as they are. @returns [batch × classes] */
  logits(batch: Batch): Promise<Float32Array>;
  /** A view of the live state, or a copy of what lies on a GPU: use it before the next step. */
  state(): Promise<TrainingState>;
  restore(state: TrainingState): void;
  dispose(): Promise<void>;
}
