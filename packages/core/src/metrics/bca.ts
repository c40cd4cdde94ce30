/**
 * BCa: the percentiles of a bootstrap, corrected for bias and for skewness.
 *
 * Reference: Efron, Tibshirani. An Introduction to the Bootstrap (1993), ch. 14.
 */
import type { Interval } from './binomial.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { type Evaluation, evaluationOfCounts, type MetricName } from './registry.ts';
import { quantile } from './resampling.ts';
import { total } from './sums.ts';

/**
 * Percentiles of a bootstrap, moved where its median is not what was measured, and where its spread changes with what is
 * measured: at Φ(z₀ + (z₀ ± z) / (1 − a (z₀ ± z))) instead of at Φ(±z), with z₀ = Φ⁻¹(share of resamples below the
 * estimate). It holds the estimate, always.
 *
 * Reference: Efron, Tibshirani (1993), 14.9 and 14.10
 * @param values       one a resample, in any order
 * @param acceleration a; 0 corrects for bias only
 */
export function correctedInterval(
  values: readonly number[],
  estimate: number,
  confidence: number,
  acceleration = 0,
): Interval {
  const sorted = Float64Array.from(values).sort();
  const z = normalQuantile((1 + confidence) / 2);
  const below = sorted.filter((value) => value < estimate).length;
  const equal = sorted.filter((value) => value === estimate).length;
  const bias = Math.max(-z, Math.min(z, normalQuantile((below + equal / 2) / sorted.length)));
  const at = (end: number) =>
    quantile(sorted, normalCdf(bias + (bias + end) / Math.max(0.1, 1 - acceleration * (bias + end))));
  return { low: Math.min(estimate, at(-z)), high: Math.max(estimate, at(z)) };
}

/**
 * Σ dᵢ³ / 6 (Σ dᵢ²)^1.5, with dᵢ what the estimate would lose without row i (Efron, Tibshirani 1993, 14.15).
 * @param changes of the estimate without a row, and how many rows are like it
 */
function accelerationOf(changes: readonly (readonly [change: number, rows: number])[]): number {
  const rows = total(changes.map(([, n]) => n));
  const mean = total(changes.map(([change, n]) => change * n)) / rows;
  const power = (k: number) => total(changes.map(([change, n]) => n * (mean - change) ** k));
  const squares = power(2);
  return squares < 1e-24 ? 0 : power(3) / (6 * squares ** 1.5);
}

/** Of a metric that is had from the counts: rows of one cell are alike. */
export function weightedAcceleration({ confusion, metrics }: Evaluation, name: MetricName): number {
  const { top_2_accuracy, top_3_accuracy, log_loss } = metrics;
  const changes = confusion.flatMap((row, truth) =>
    row.flatMap((n, answer): [number, number][] => {
      if (n === 0) return [];
      const without = confusion.map((one, i) =>
        i === truth ? one.map((count, j) => (j === answer ? count - 1 : count)) : one,
      );
      return [[evaluationOfCounts(without, { top_2_accuracy, top_3_accuracy, log_loss }).metrics[name], n]];
    }),
  );
  return accelerationOf(changes);
}

/** Of a mean: without a row it changes by −(value − mean) / (n − 1). */
export function meanAcceleration(values: readonly number[]): number {
  return accelerationOf(values.map((value) => [-value / Math.max(1, values.length - 1), 1]));
}
