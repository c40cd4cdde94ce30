/** The metrics a run can be steered by, under one name each. */
import { OtzyvError } from '../errors.ts';
import { classCounts } from '../labels/weights.ts';
import { confusionMatrix } from './confusion.ts';
import { type ClassificationReport, classificationReport } from './report.ts';
import { answers, logLoss, topKAccuracy } from './scores.ts';

const GREATER_IS_BETTER = {
  f1_weighted: true,
  f1_macro: true,
  f1_micro: true,
  accuracy: true,
  precision_weighted: true,
  precision_macro: true,
  recall_weighted: true,
  recall_macro: true,
  top_2_accuracy: true,
  top_3_accuracy: true,
  log_loss: false,
} as const;

/** A metric by which a run can choose its best checkpoint. */
export type MetricName = keyof typeof GREATER_IS_BETTER;

/** What `resolveMetric` knows, under transformers' and scikit-learn's names. */
export const METRIC_NAMES = Object.keys(GREATER_IS_BETTER) as MetricName[];

/**
 * @param name one of METRIC_NAMES, also with transformers' prefix `eval_`; its `loss` is our `log_loss`
 * @throws OtzyvError `options.unknown-metric` that lists them
 */
export function resolveMetric(name: string): {
  readonly name: MetricName;
  readonly greaterIsBetter: boolean;
} {
  const bare = name.replace(/^eval_/, '').replace(/^loss$/, 'log_loss');
  const found = METRIC_NAMES.find((known) => known === bare);
  if (found !== undefined) return { name: found, greaterIsBetter: GREATER_IS_BETTER[found] };
  throw new OtzyvError(
    'options.unknown-metric',
    `there is no metric "${name}"`,
    `Choose from ${METRIC_NAMES.join(', ')}.`,
  );
}

/** All that is measured of answers whose truth is known. */
export interface Evaluation {
  readonly metrics: Readonly<Record<MetricName, number>>;
  readonly report: ClassificationReport;
  /** counts by [truth][answer] */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * @param truth         class ids [rows]
 * @param probabilities [rows × classes]
 */
export function evaluateProbabilities(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
): Evaluation {
  return evaluationOfCounts(confusionMatrix(truth, answers(probabilities, classes), classes), {
    top_2_accuracy: topKAccuracy(truth, probabilities, classes, 2),
    top_3_accuracy: topKAccuracy(truth, probabilities, classes, 3),
    log_loss: logLoss(truth, probabilities, classes),
  });
}

/** @param means the metrics that are means over rows, and not to be had from the counts */
export function evaluationOfCounts(
  confusion: Evaluation['confusion'],
  means: Pick<Evaluation['metrics'], 'top_2_accuracy' | 'top_3_accuracy' | 'log_loss'>,
): Evaluation {
  const report = classificationReport(confusion);
  const { weighted, macro, micro, accuracy } = report;
  return {
    confusion,
    report,
    metrics: {
      f1_weighted: weighted.f1,
      f1_macro: macro.f1,
      f1_micro: micro.f1,
      accuracy,
      precision_weighted: weighted.precision,
      precision_macro: macro.precision,
      recall_weighted: weighted.recall,
      recall_macro: macro.recall,
      ...means,
    },
  };
}

/**
 * What always answering the largest class of these rows would score: the number any other is to be read beside.
 * @param truth class ids [rows]
 */
export function majorityBaseline(truth: ArrayLike<number>, classes: number): Evaluation['metrics'] {
  const counts = classCounts(Array.from(truth), classes);
  const majority = counts.indexOf(Math.max(...counts));
  const probabilities = new Float32Array(truth.length * classes);
  for (let row = 0; row < truth.length; row++) probabilities[row * classes + majority] = 1;
  return evaluateProbabilities(truth, probabilities, classes).metrics;
}
