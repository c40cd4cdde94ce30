/**
 * Two models on the same rows: is the difference more than luck? Both are measured on the same resamples, so that what makes
 * rows easy or hard for both cancels out: a paired difference is far surer than two intervals that overlap suggest.
 * The difference's interval is made of the two models' own and how they move together (`mover.ts`): percentiles of
 * the differences alone are too narrow where few rows are answered differently, and in small classes (measured:
 * `bench/interval-coverage.js`).
 */
import { createRandom } from '../random.ts';
import { correctedInterval, meanAcceleration } from './bca.ts';
import type { Interval } from './binomial.ts';
import {
  type BootstrapOptions,
  type ClassIntervals,
  type EvaluationIntervals,
  intervalsOf,
  type Resampled,
} from './bootstrap.ts';
import { marginals } from './confusion.ts';
import { type McNemar, mcnemar } from './mcnemar.ts';
import { correlations, differenceInterval, type Estimate, reach } from './mover.ts';
import { type Evaluation, METRIC_NAMES, type MetricName, resolveMetric } from './registry.ts';
import { everyRow, type Measure, measureOf, resampled } from './resampling.ts';
import { answers, logLosses } from './scores.ts';

/** One number of two models. */
export interface Difference {
  readonly first: number;
  readonly second: number;
  /** second − first */
  readonly difference: number;
  /** of the difference */
  readonly interval: Interval;
}

/** Two models, number by number. */
export interface PairedComparison {
  readonly rows: number;
  /** of the intervals, e.g. 0.95 */
  readonly confidence: number;
  readonly metrics: Readonly<Record<MetricName, Difference>>;
  /** by class id */
  readonly classes: readonly Readonly<Record<keyof ClassIntervals, Difference>>[];
  readonly mcnemar: McNemar;
}

/**
 * @param truth  class ids [rows]
 * @param first  probabilities [rows × classes]
 * @param second of the same rows
 */
export function comparePaired(
  truth: ArrayLike<number>,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  classes: number,
  { samples = 1000, confidence = 0.95, seed = 42 }: BootstrapOptions = {},
): PairedComparison {
  const rows = truth.length;
  const measures = [measureOf(truth, first, classes), measureOf(truth, second, classes)] as const;
  const drawn = resampled(rows, samples, createRandom(seed, 'paired'), (picked) =>
    measures.map((measure) => measure(picked)),
  );
  const [a, b] = [first, second].map((probabilities, model): Side => {
    const resamples: Resampled = {
      found: (measures[model] as Measure)(everyRow(rows)),
      drawn: drawn.map((both) => both[model] as Evaluation),
      losses: logLosses(truth, probabilities, classes),
    };
    return { ...resamples, intervals: intervalsOf(resamples, confidence) };
  }) as [Side, Side];

  const [rowsOfA, rowsOfB] = [marginals(a.found.confusion), marginals(b.found.confusion)];
  const ofClasses = Array.from({ length: classes }, (_, id) => {
    const support = rowsOfA.support[id] as number;
    const answered = ((rowsOfA.answered[id] as number) + (rowsOfB.answered[id] as number)) / 2;
    const of = (score: Score, unit: number) =>
      difference(
        a,
        b,
        ({ report }) => report.classes[id]?.[score] ?? 0,
        ({ classes }) => classes[id]?.[score] as Interval,
        unit,
      );
    return {
      precision: of('precision', 1 / Math.max(1, answered)),
      recall: of('recall', 1 / Math.max(1, support)),
      f1: of('f1', 2 / Math.max(1, support + answered)),
    };
  });
  const whole = (name: MetricName) =>
    difference(
      a,
      b,
      ({ metrics }) => metrics[name],
      ({ metrics }) => metrics[name],
      1 / Math.max(1, rows),
    );
  const macro = (name: MetricName, score: Score): Difference => ({
    ...whole(name),
    interval: macroDifference(
      whole(name).difference,
      ofClasses.map((ofClass) => ofClass[score]),
      ofClasses.map((_, id) =>
        drawn.map(
          ([one, other]) =>
            (other?.report.classes[id]?.[score] ?? 0) - (one?.report.classes[id]?.[score] ?? 0),
        ),
      ),
    ),
  });
  const logLoss = (): Difference => {
    const losses = b.losses.map((loss, row) => loss - (a.losses[row] as number));
    const values = drawn.map(([one, other]) => (other?.metrics.log_loss ?? 0) - (one?.metrics.log_loss ?? 0));
    const found = whole('log_loss');
    const interval = correctedInterval(values, found.difference, confidence, meanAcceleration(losses));
    return { ...found, interval };
  };
  const metrics = {
    ...(Object.fromEntries(METRIC_NAMES.map((name) => [name, whole(name)])) as Record<
      MetricName,
      Difference
    >),
    f1_macro: macro('f1_macro', 'f1'),
    precision_macro: macro('precision_macro', 'precision'),
    recall_macro: macro('recall_macro', 'recall'),
    log_loss: logLoss(),
  };
  return {
    rows,
    confidence,
    metrics,
    classes: ofClasses,
    mcnemar: mcnemar(truth, answers(first, classes), answers(second, classes)),
  };
}

type Score = keyof ClassIntervals;
type Side = Resampled & { readonly intervals: EvaluationIntervals };

/** @param unit what one row more or less changes */
function difference(
  a: Side,
  b: Side,
  read: (found: Evaluation) => number,
  readInterval: (intervals: EvaluationIntervals) => Interval,
  unit: number,
): Difference {
  const [first, second] = [a, b].map(({ found, intervals }) => ({
    value: read(found),
    interval: readInterval(intervals),
  })) as [Estimate, Estimate];
  return {
    first: first.value,
    second: second.value,
    difference: second.value - first.value,
    interval: differenceInterval(first, second, [a.drawn.map(read), b.drawn.map(read)], unit),
  };
}

/** @param drawn the classes' differences on resamples [classes][resamples] */
function macroDifference(
  mean: number,
  ofClasses: readonly Difference[],
  drawn: readonly (readonly number[])[],
): Interval {
  const correlation = correlations(drawn);
  const away = (distances: readonly number[]) => reach(distances, correlation) / ofClasses.length;
  return {
    low: mean - away(ofClasses.map(({ difference, interval }) => difference - interval.low)),
    high: mean + away(ofClasses.map(({ difference, interval }) => interval.high - difference)),
  };
}

/** `undecided`: the interval of the difference holds none at all. */
export type Verdict = 'better' | 'worse' | 'undecided';

/**
 * What is to be said of the second model.
 * @param tolerance a loss up to this is none
 */
export function verdictOf(metric: MetricName, { interval }: Difference, tolerance = 0): Verdict {
  const { low, high } = resolveMetric(metric).greaterIsBetter
    ? interval
    : { low: -interval.high, high: -interval.low };
  if (low > 0) return 'better';
  return high < -tolerance ? 'worse' : 'undecided';
}
