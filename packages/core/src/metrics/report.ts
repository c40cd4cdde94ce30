/**
 * Precision, recall and F1, per class and averaged: scikit-learn's `classification_report` with
 * `zero_division=0`. As there, classes that occur neither in truth nor in the answers take no part in averages.
 */
import { marginals } from './confusion.ts';
import { total } from './sums.ts';

/** Of one class, or of an average over classes; 0 … 1. */
export interface ClassScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** rows whose truth is this class */
  readonly support: number;
}

/** Scores by class and their averages. */
export interface ClassificationReport {
  /** by class id */
  readonly classes: readonly ClassScores[];
  readonly accuracy: number;
  /** the mean over classes */
  readonly macro: ClassScores;
  /** the mean weighted by support */
  readonly weighted: ClassScores;
  /** from all rows at once: with one answer a row it equals accuracy */
  readonly micro: ClassScores;
}

/** @param confusion counts by [truth][predicted] */
export function classificationReport(confusion: readonly (readonly number[])[]): ClassificationReport {
  const { support: supports, answered } = marginals(confusion);
  const classes = confusion.map((row, id): ClassScores => {
    const hits = row[id] as number;
    const precision = ratio(hits, answered[id] as number);
    const recall = ratio(hits, supports[id] as number);
    const f1 = ratio(2 * hits, (answered[id] as number) + (supports[id] as number));
    return { precision, recall, f1, support: supports[id] as number };
  });
  const rows = total(supports);
  const accuracy = ratio(
    confusion.reduce((sum, row, id) => sum + (row[id] as number), 0),
    rows,
  );
  const present = classes.filter((scores, id) => scores.support > 0 || (answered[id] as number) > 0);
  return {
    classes,
    accuracy,
    macro: average(present, () => 1, rows),
    weighted: average(present, ({ support }) => support, rows),
    micro: { precision: accuracy, recall: accuracy, f1: accuracy, support: rows },
  };
}

/**
 * The report under scikit-learn's keys, by class name: `classification_report(labels=…, output_dict=True)`. There,
 * a class that is listed counts in the macro average though it occurs nowhere; in `f1_score`, and in `macro`, not.
 */
export function sklearnReport(
  report: ClassificationReport,
  labels: readonly string[],
): Record<string, unknown> {
  const keys = ({ precision, recall, f1, support }: ClassScores) => ({
    precision,
    recall,
    'f1-score': f1,
    support,
  });
  return {
    ...Object.fromEntries(report.classes.map((scores, id) => [labels[id], keys(scores)])),
    accuracy: report.accuracy,
    'macro avg': keys(average(report.classes, () => 1, report.macro.support)),
    'weighted avg': keys(report.weighted),
  };
}

function average(
  classes: readonly ClassScores[],
  weightOf: (scores: ClassScores) => number,
  support: number,
): ClassScores {
  const weight = classes.reduce((sum, scores) => sum + weightOf(scores), 0);
  const mean = (pick: (scores: ClassScores) => number) =>
    ratio(
      classes.reduce((sum, scores) => sum + weightOf(scores) * pick(scores), 0),
      weight,
    );
  return {
    precision: mean(({ precision }) => precision),
    recall: mean(({ recall }) => recall),
    f1: mean(({ f1 }) => f1),
    support,
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
