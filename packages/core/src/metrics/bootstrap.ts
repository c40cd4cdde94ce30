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
 * Reference: Takahashi et al. Confidence interval for micro-averaged F1 and macro-averaged F1 scores. Applied Intelligence 52
 * (2022), whose normal intervals are these where classes are large.
 */
import { createRandom } from '../random.ts';
import { correctedInterval, meanAcceleration, weightedAcceleration } from './bca.ts';
import { binomialInterval, type Interval } from './binomial.ts';
import { marginals } from './confusion.ts';
import { correlations, reach } from './mover.ts';
import { type Evaluation, METRIC_NAMES, type MetricName } from './registry.ts';
import type { ClassScores } from './report.ts';
import { everyRow, measureOf, resampled } from './resampling.ts';
import { logLosses } from './scores.ts';
import { total } from './sums.ts';

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
  const measure = measureOf(truth, probabilities, classes);
  return intervalsOf(
    {
      found: measure(everyRow(truth.length)),
      drawn: resampled(truth.length, samples, createRandom(seed, 'bootstrap'), measure),
      losses: logLosses(truth, probabilities, classes),
    },
    confidence,
  );
}

/** A model on some rows, and on resamples of them. */
export interface Resampled {
  readonly found: Evaluation;
  readonly drawn: readonly Evaluation[];
  /** of log loss, by row */
  readonly losses: readonly number[];
}

export function intervalsOf({ found, drawn, losses }: Resampled, confidence: number): EvaluationIntervals {
  const rows = losses.length;
  const ofClasses = classIntervals(found.confusion, confidence);
  const share = (value: number) => binomialInterval(Math.round(value * rows), rows, confidence);
  const accuracy = share(found.metrics.accuracy);
  const shares = {
    accuracy,
    f1_micro: accuracy,
    recall_weighted: accuracy,
    top_2_accuracy: share(found.metrics.top_2_accuracy),
    top_3_accuracy: share(found.metrics.top_3_accuracy),
  };
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
    isUniform ? accuracy : percentiles(name, weightedAcceleration(found, name));
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
    log_loss: percentiles('log_loss', meanAcceleration(losses)),
  };
  return {
    confidence,
    metrics: Object.fromEntries(METRIC_NAMES.map((name) => [name, metrics[name]])) as typeof metrics,
    classes: ofClasses,
  };
}

/** @param confusion counts by [truth][answer] */
export function classIntervals(confusion: Evaluation['confusion'], confidence: number): ClassIntervals[] {
  const rows = marginals(confusion);
  return confusion.map((row, id) => {
    const hits = row[id] as number;
    const [support, answered] = [rows.support[id] as number, rows.answered[id] as number];
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
 * The mean of k classes, each between its own limits (`mover.ts`). A class that nothing is known of, as it was never answered
 * (precision) or has no rows (recall), is anywhere from 0 to 1, and no luck of others makes up for it: its share is
 * added whole.
 */
function macroInterval(
  { report, confusion }: Evaluation,
  mean: number,
  intervals: readonly Interval[],
  score: Score,
  drawn: readonly Evaluation[],
): Interval {
  const k = intervals.length;
  const { support, answered } = marginals(confusion);
  const values = report.classes.map((scores, id) => {
    const isAbsent = support[id] === 0 && answered[id] === 0;
    return isAbsent ? mean : scores[score]; // the absent take no part in the mean
  });
  const isKnown = ({ low, high }: Interval) => low > 0 || high < 1;
  const known = intervals.flatMap((interval, id) => (isKnown(interval) ? [id] : []));
  const correlation = correlations(
    known.map((id) => drawn.map((one) => one.report.classes[id]?.[score] ?? 0)),
  );
  const away = (distances: readonly number[]) => {
    const inLuck = known.map((id) => distances[id] as number);
    const unknown = distances.filter((_, id) => !known.includes(id));
    return (reach(inLuck, correlation) + total(unknown)) / k;
  };
  return {
    low: Math.max(0, mean - away(values.map((value, id) => value - (intervals[id] as Interval).low))),
    high: Math.min(1, mean + away(values.map((value, id) => (intervals[id] as Interval).high - value))),
  };
}
