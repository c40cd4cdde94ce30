/**
 * Confidence intervals of every metric, each by the method that `bench/interval-coverage.js` showed to hold the truth:
 *
 * - shares of rows (accuracy, top k; a class's precision and recall): mid-P exact binomial. A class's F1 is one as well:
 *   with j = TP / (TP + FP + FN), the share of hits among the rows that the class takes part in, F1 = 2j / (1 + j).
 * - weighted averages and log loss: the bootstrap over rows, its percentiles corrected for bias and skewness (BCa): without
 *   that, weighted precision is taken for higher than it is, and a model with five mistakes for surer than it is.
 * - macro averages: a class of three rows moves them as much as one of three hundred, and a bootstrap of three rows knows
 *   nothing of a fourth. So the classes' own intervals are combined, with the bootstrap's correlations between classes.
 *
 * References: Efron, Tibshirani. An Introduction to the Bootstrap (1993), ch. 14. Zou, Donner. Construction of confidence
 * limits about effect measures (MOVER). Statistics in Medicine 27 (2008). Takahashi et al. Confidence interval for
 * micro-averaged F1 and macro-averaged F1 scores. Applied Intelligence 52 (2022), whose normal intervals are these
 * where classes are large.
 */
import { createRandom } from '../random.ts';
import { binomialInterval, type Interval } from './binomial.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { type Evaluation, evaluationOfCounts, METRIC_NAMES, type MetricName } from './registry.ts';
import type { ClassScores } from './report.ts';
import { measureOf, quantile, resampled } from './resampling.ts';
import { logLosses } from './scores.ts';

/** Intervals of precision, recall and F1 of one class. */
export interface ClassIntervals {
  readonly precision: Interval;
  readonly recall: Interval;
  readonly f1: Interval;
}

/** An interval for each number of an `Evaluation`. */
export interface EvaluationIntervals {
  /** e.g. 0.95: the share of such intervals that hold the truth */
  readonly confidence: number;
  readonly metrics: Readonly<Record<MetricName, Interval>>;
  /** by class id */
  readonly classes: readonly ClassIntervals[];
}

/** How a bootstrap is made. */
export interface BootstrapOptions {
  /** resamples (default: 1000); fewer, though never under 200, beyond 20,000 rows */
  readonly samples?: number;
  /** default: 0.95 */
  readonly confidence?: number;
  /** default: 42; the same seed gives the same intervals */
  readonly seed?: number;
}

/**
 * Where each metric would lie, had other rows of the same source been measured. What they know nothing of: a model
 * trained on other rows, and a source that changes.
 *
 * @param truth         class ids [rows]
 * @param probabilities [rows × classes]
 */
export function bootstrapIntervals(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  { samples = 1000, confidence = 0.95, seed = 42 }: BootstrapOptions = {},
): EvaluationIntervals {
  const rows = truth.length;
  const measure = measureOf(truth, probabilities, classes);
  const found = measure(Int32Array.from({ length: rows }, (_, row) => row));
  const ofClasses = classIntervals(found.confusion, confidence);
  const share = (value: number) => binomialInterval(Math.round(value * rows), rows, confidence);
  const shares = {
    accuracy: share(found.metrics.accuracy),
    f1_micro: share(found.metrics.accuracy),
    recall_weighted: share(found.metrics.accuracy),
    top_2_accuracy: share(found.metrics.top_2_accuracy),
    top_3_accuracy: share(found.metrics.top_3_accuracy),
  };
  const drawn = resampled(rows, samples, createRandom(seed, 'bootstrap'), measure);
  const percentiles = (name: MetricName, acceleration: number) =>
    correctedInterval(
      drawn.map(({ metrics }) => metrics[name]),
      found.metrics[name],
      confidence,
      acceleration,
    );
  // all right or all wrong: no drawing can find the exception that is rarer than one in so many rows
  const isUniform = found.metrics.accuracy === 0 || found.metrics.accuracy === 1;
  const weighted = (name: MetricName) =>
    isUniform ? shares.accuracy : percentiles(name, weightedAcceleration(found, name));
  const macro = (name: MetricName, score: Score) =>
    macroInterval(
      found,
      found.metrics[name],
      ofClasses.map((intervals) => intervals[score]),
      score,
      drawn,
    );
  const metrics: Record<MetricName, Interval> = {
    ...shares,
    f1_weighted: weighted('f1_weighted'),
    precision_weighted: weighted('precision_weighted'),
    f1_macro: macro('f1_macro', 'f1'),
    precision_macro: macro('precision_macro', 'precision'),
    recall_macro: macro('recall_macro', 'recall'),
    log_loss: percentiles('log_loss', meanAcceleration(logLosses(truth, probabilities, classes))),
  };
  return {
    confidence,
    metrics: Object.fromEntries(METRIC_NAMES.map((name) => [name, metrics[name]])) as typeof metrics,
    classes: ofClasses,
  };
}

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
function weightedAcceleration({ confusion, metrics }: Evaluation, name: MetricName): number {
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

/** @param confusion counts by [truth][answer] */
export function classIntervals(confusion: Evaluation['confusion'], confidence: number): ClassIntervals[] {
  return confusion.map((row, id) => {
    const hits = row[id] as number;
    const support = row.reduce((sum, n) => sum + n, 0);
    const answered = confusion.reduce((sum, one) => sum + (one[id] as number), 0);
    const jaccard = binomialInterval(hits, support + answered - hits, confidence);
    const f1 = (j: number) => (2 * j) / (1 + j);
    return {
      precision: binomialInterval(hits, answered, confidence),
      recall: binomialInterval(hits, support, confidence),
      f1: { low: f1(jaccard.low), high: f1(jaccard.high) },
    };
  });
}

type Score = keyof ClassIntervals & keyof ClassScores;

/**
 * The mean of k classes, each between its own limits: low = mean − √(Σ dᵢ rᵢⱼ dⱼ) / k with dᵢ = scoreᵢ − lowᵢ, and so
 * above. A class that nothing is known of, as it was never answered (precision) or has no rows (recall), is anywhere
 * from 0 to 1, and no luck of others makes up for it: its share is added whole.
 */
function macroInterval(
  { report, confusion }: Evaluation,
  mean: number,
  intervals: readonly Interval[],
  score: Score,
  drawn: readonly Evaluation[],
): Interval {
  const k = intervals.length;
  const values = confusion.map((row, id) => {
    const isAbsent = row.every((n) => n === 0) && confusion.every((one) => one[id] === 0);
    return isAbsent ? mean : (report.classes[id]?.[score] ?? 0); // the absent take no part in the mean
  });
  const isKnown = ({ low, high }: Interval) => low > 0 || high < 1;
  const known = intervals.flatMap((interval, id) => (isKnown(interval) ? [id] : []));
  const correlation = correlations(
    known.map((id) => drawn.map((one) => one.report.classes[id]?.[score] ?? 0)),
  );
  const reach = (distances: readonly number[]) => {
    const inLuck = known.map((id) => distances[id] as number);
    const squares = inLuck.map((a, i) =>
      inLuck.reduce((sum, b, j) => sum + a * b * (correlation[i]?.[j] ?? 0), 0),
    );
    const unknown = distances.filter((_, id) => !known.includes(id));
    return (Math.sqrt(Math.max(0, total(squares))) + total(unknown)) / k;
  };
  return {
    low: Math.max(0, mean - reach(values.map((value, id) => value - (intervals[id] as Interval).low))),
    high: Math.min(1, mean + reach(values.map((value, id) => (intervals[id] as Interval).high - value))),
  };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Pearson's, between each two series; a series that never changes has none with others. */
function correlations(series: readonly (readonly number[])[]): number[][] {
  const centred = series.map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviations = values.map((value) => value - mean);
    const norm = Math.hypot(...deviations);
    return deviations.map((deviation) => (norm < 1e-12 ? 0 : deviation / norm));
  });
  return centred.map((a, i) =>
    centred.map((b, j) => (i === j ? 1 : a.reduce((sum, value, row) => sum + value * (b[row] as number), 0))),
  );
}
