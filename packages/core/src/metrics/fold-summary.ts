/**
 * What the folds of a cross-validation say of one number: its mean, how much it wavers, and where it would lie for
 * other samples of the same data.
 *
 * Folds share most of what they are trained on, so their deviation alone makes the mean look too certain. Nadeau and
 * Bengio's correction widens it by the share of rows tested to rows trained on. No estimate of this variance is without
 * bias (Bengio & Grandvalet 2004); this one errs towards wide.
 * Reference: Nadeau & Bengio 2003, "Inference for the generalization error", Machine Learning 52, section 3
 */
import { studentTQuantile } from './student-t.ts';

export interface FoldSummary {
  readonly mean: number;
  /** The standard deviation over the folds, over n − 1. */
  readonly deviation: number;
  readonly interval: { readonly low: number; readonly high: number };
}

/**
 * @param values of each fold, of all repeats: two at least
 * @param testShare rows tested over rows trained on: 1 / (folds − 1)
 */
export function summarizeFolds(
  values: readonly number[],
  { testShare, confidence = 0.95 }: { testShare: number; confidence?: number },
): FoldSummary {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const margin = studentTQuantile((1 + confidence) / 2, n - 1) * Math.sqrt((1 / n + testShare) * variance);
  return { mean, deviation: Math.sqrt(variance), interval: { low: mean - margin, high: mean + margin } };
}
