/**
 * Measures a classifier on labelled texts: every metric, with what always answering the most frequent class
 * would score beside it, and an interval around it.
 */
import {
  bootstrapIntervals,
  type ClassificationReport,
  type EvaluationIntervals,
  evaluateProbabilities,
  majorityBaseline,
} from '@otzyv/core';
import type { Model, PredictOptions } from '../inference/classifier.ts';

/** What was measured, with what the simplest answer would score beside it. */
export interface EvaluationResult {
  readonly rows: number;
  readonly labels: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
  /** Where the numbers would lie on other rows of the same source; absent in runs of earlier versions. */
  readonly intervals?: EvaluationIntervals;
  /** The same metrics, for always answering the most frequent class of the texts measured. */
  readonly baseline: Readonly<Record<string, number>>;
  readonly report: ClassificationReport;
  /** counts by [truth][answer] */
  readonly confusion: readonly (readonly number[])[];
  /** Share of texts cut at the length limit. */
  readonly truncatedShare: number;
}

export interface Measurement {
  readonly result: EvaluationResult;
  /** [rows × classes] */
  readonly probabilities: Float32Array;
}

/** @param labelIds class ids, in the order of the model's labels */
export async function measure(
  model: Model,
  texts: readonly string[],
  labelIds: readonly number[],
  options?: PredictOptions,
): Promise<Measurement> {
  const { probabilities, truncated } = await model.predict(texts, options);
  return { probabilities, result: evaluationOf(probabilities, labelIds, model.labels, truncated) };
}

/** @param probabilities [rows × classes] */
export function evaluationOf(
  probabilities: Float32Array,
  labelIds: readonly number[],
  labels: readonly string[],
  truncated: readonly boolean[],
): EvaluationResult {
  const { metrics, report, confusion } = evaluateProbabilities(labelIds, probabilities, labels.length);
  return {
    rows: labelIds.length,
    labels,
    metrics,
    intervals: bootstrapIntervals(labelIds, probabilities, labels.length),
    baseline: majorityBaseline(labelIds, labels.length),
    report,
    confusion,
    truncatedShare: truncated.filter(Boolean).length / Math.max(1, truncated.length),
  };
}
