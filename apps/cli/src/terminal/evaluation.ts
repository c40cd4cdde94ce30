/**
 * Measurements as tables: the metrics with their intervals beside the majority-class baseline, the classes, the
 * confusions.
 */
import type { EvaluationIntervals, MetricName } from '@otzyv/core';
import type { EvaluationResult } from '@otzyv/trainer';
import { count, estimate, percent, score } from './format.ts';
import { table } from './table.ts';
import { terminalWidth, wrapped } from './width.ts';

export const SHOWN: readonly MetricName[] = [
  'f1_weighted',
  'f1_macro',
  'accuracy',
  'precision_weighted',
  'recall_weighted',
  'top_3_accuracy',
  'log_loss',
];

export function describeEvaluation(result: EvaluationResult): string {
  return [metricsTable(result), classTable(result), confusionTable(result), notes(result)].join('\n\n');
}

export function metricsTable({ metrics, intervals, baseline }: EvaluationResult): string {
  const rows = SHOWN.filter((name) => metrics[name] !== undefined).map((name) => [
    name,
    estimate(metrics[name] as number, intervals?.metrics[name]),
    name === 'log_loss' ? '–' : score(baseline[name] as number),
  ]);
  return table(['metric', 'model', 'always the largest class'], rows);
}

function classTable({ report, labels, intervals }: EvaluationResult): string {
  const rows = labels.map((label, id) => {
    const row = report.classes[id];
    return [
      label,
      score(row?.precision ?? 0),
      score(row?.recall ?? 0),
      estimate(row?.f1 ?? 0, intervals?.classes[id]?.f1),
      count(row?.support ?? 0),
    ];
  });
  return table(['class', 'precision', 'recall', 'F1', 'rows'], rows);
}

/** Rows are what is true, columns what was answered. */
function confusionTable({ confusion, labels }: EvaluationResult): string {
  const short = labels.map((_, id) => String(id + 1));
  const rows = confusion.map((row, id) => [
    `${id + 1} ${labels[id]}`,
    ...row.map((n) => (n === 0 ? '·' : String(n))),
  ]);
  return table(['true ↓ answered →', ...short], rows);
}

function notes({ rows, truncatedShare, intervals }: EvaluationResult): string {
  return [
    `measured on ${count(rows)} texts; ${percent(truncatedShare)} of them cut at the length limit`,
    ...(intervals === undefined
      ? []
      : [`[low, high]: the ${level(intervals)} % interval, for other reviews of the same source`]),
  ]
    .map((line) => wrapped(line, terminalWidth(), '  '))
    .join('\n');
}

function level({ confidence }: EvaluationIntervals): number {
  return Number((confidence * 100).toFixed(2));
}
