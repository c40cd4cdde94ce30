/**
 * What a BERT is trained for, as data: which parameters there are, what it answers to a batch, and what is minimised.
 * Written over `Ops<T>`, so that every engine trains every objective.
 */
import { classificationLoss, type LossSpec, type Ops } from '@otzyv/core';
import { type BertInputs, bertClassifier, type WeightOf } from '../model/bert.ts';
import type { BertConfig } from '../model/bert-config.ts';
import { bertParameters, type ParameterSpec } from '../model/bert-parameters.ts';
import { bertMaskedLm, maskedLmParameters } from '../model/masked-lm.ts';

/** What is asked of a BERT. */
export type Task =
  | { readonly kind: 'classification'; readonly classes: number }
  /** which tokens stood at the masked positions of a batch */
  | { readonly kind: 'masked-lm' };

/** A task with what is minimised: of masked language modelling, the mean cross-entropy over the positions of a batch. */
export type Objective =
  | {
      readonly kind: 'classification';
      readonly classes: number;
      readonly loss: LossSpec;
      /** [classes]; absent: all classes weigh the same */
      readonly classWeights?: readonly number[];
      /** Whether batches tell what each of their examples weighs. */
      readonly weighsExamples?: boolean;
    }
  | { readonly kind: 'masked-lm' };

/** Of a batch; positions where the task has them. */
export interface TaskInputs<T> extends BertInputs<T> {
  /** integers [positions]: places in the batch, counted row by row */
  readonly positions?: T;
}

/** What the answers to a batch are held to. */
export interface Truth<T> {
  readonly labels: T;
  readonly exampleWeights?: T;
}

/** @returns what a batch gives beside its inputs and labels */
export function exampleWeightsOf(
  objective: Objective,
  { exampleWeights }: { readonly exampleWeights?: Float32Array },
): Float32Array | undefined {
  return objective.kind === 'classification' && objective.weighsExamples ? exampleWeights : undefined;
}

export function parametersOf(task: Task, config: BertConfig): ParameterSpec[] {
  return task.kind === 'classification' ? bertParameters(config, task.classes) : maskedLmParameters(config);
}

/** @returns [batch, classes] or [positions, vocabulary] */
export function logitsOf<T>(
  ops: Ops<T>,
  task: Task,
  weight: WeightOf<T>,
  { positions, ...inputs }: TaskInputs<T>,
  config: BertConfig,
): T {
  return task.kind === 'classification'
    ? bertClassifier(ops, weight, inputs, config)
    : bertMaskedLm(ops, weight, inputs, positions as T, config);
}

/**
 * @param logits   as `logitsOf` gives them
 * @param labels   integers [batch]: classes, or [positions]: tokens
 * @param exampleWeights [batch], where the objective weighs examples
 * @param constant makes a vector that is not trained
 * @returns []
 */
export function lossOf<T>(
  ops: Ops<T>,
  objective: Objective,
  { logits, labels, exampleWeights }: Truth<T> & { readonly logits: T },
  config: BertConfig,
  constant: (values: readonly number[]) => T,
): T {
  if (objective.kind === 'masked-lm')
    return classificationLoss(ops, { kind: 'cross-entropy' }, logits, labels, config.vocabularySize);
  const { loss, classes, classWeights } = objective;
  const weights = classWeights && constant(classWeights);
  return classificationLoss(ops, loss, logits, labels, classes, weights, exampleWeights);
}
