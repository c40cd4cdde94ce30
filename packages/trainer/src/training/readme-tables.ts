/** What was measured, as the cards of models and of ensembles show it. */
import type { ClassScores, Interval, MetricName } from '@otzyv/core';
import { interval, score } from '../report/numbers.ts';
import type { EvaluationResult } from './evaluate.ts';
import { cell, markdownTable } from './markdown.ts';

/** @param who stands over the column of scores: «model» */
export function metricsTable(
  { metrics, baseline, intervals }: EvaluationResult,
  names: readonly MetricName[],
  who: string,
): string {
  const columns = ['metric', who, ...(intervals === undefined ? [] : ['95 % interval']), 'baseline'];
  const rows = names.map((name) => [
    name,
    score(metrics[name]),
    ...(intervals === undefined ? [] : [interval(intervals.metrics[name])]),
    name === 'log_loss' ? '–' : score(baseline[name]),
  ]);
  return markdownTable(columns, rows);
}

/** @param further columns before the scores: cells by class id */
export function classesTable(
  { labels, report, intervals }: EvaluationResult,
  further: Readonly<Record<string, readonly (string | number)[]>> = {},
): string {
  const columns = ['label', ...Object.keys(further), 'precision', 'recall', 'F1', 'rows measured on'];
  const rows = labels.map((label, id) => {
    const [scores, ranges] = [report.classes[id], intervals?.classes[id]];
    const own = (name: keyof ClassScores & ('precision' | 'recall' | 'f1')) =>
      withInterval(scores?.[name], ranges?.[name]);
    return [
      cell(label),
      ...Object.values(further).map((cells) => cells[id] ?? ''),
      ...[own('precision'), own('recall'), own('f1'), scores?.support ?? 0],
    ];
  });
  return markdownTable(columns, rows);
}

function withInterval(value: number | undefined, range: Interval | undefined): string {
  return range === undefined ? score(value) : `${score(value)} (${interval(range)})`;
}
