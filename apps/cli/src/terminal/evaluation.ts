/** Measurements as tables: the metrics beside the majority-class baseline, the classes, the confusions. */
import type { EvaluationResult } from '@otzyv/trainer';
import { count, percent, score } from './format.ts';
import { table } from './table.ts';

export const SHOWN = [
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

export function metricsTable({ metrics, baseline }: EvaluationResult): string {
  const rows = SHOWN.filter((name) => metrics[name] !== undefined).map((name) => [
    name,
    score(metrics[name] as number),
    name === 'log_loss' ? '–' : score(baseline[name] as number),
  ]);
  return table(['metric', 'model', 'always the largest class'], rows);
}

function classTable({ report, labels }: EvaluationResult): string {
  const rows = labels.map((label, id) => {
    const row = report.classes[id];
    return [
      label,
      score(row?.precision ?? 0),
      score(row?.recall ?? 0),
      score(row?.f1 ?? 0),
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

function notes({ rows, truncatedShare }: EvaluationResult): string {
  return `measured on ${count(rows)} texts; ${percent(truncatedShare)} of them cut at the length limit`;
}
