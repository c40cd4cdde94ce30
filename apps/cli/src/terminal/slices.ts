/** Where a model is weak: its metrics by slices, and which of them are worse beyond chance. */
import type { Slice, SliceGroup, SliceReport } from '@otzyv/core';
import { colors } from './colors.ts';
import { count, counted, estimate } from './format.ts';
import { table } from './table.ts';
import { terminalWidth, wrapped } from './width.ts';

/** Of a column with more, the weakest are shown. */
const SHOWN = 12;

export function describeSlices(report: SliceReport): string {
  return [...report.groups.map((group) => groupTable(group, report)), worstSlices(report)].join('\n\n');
}

function groupTable({ by, slices, others }: SliceGroup, { metric }: SliceReport): string {
  const metrics = [...new Set([metric, 'f1_weighted' as const])];
  const weakest = slices.toSorted((a, b) => a.intervals[metric].high - b.intervals[metric].high);
  const isLong = slices.length > SHOWN;
  const row = (slice: Slice) => [
    slice.name === '' ? '(empty)' : slice.name,
    count(slice.rows),
    ...metrics.map((name) => estimate(slice.metrics[name], slice.intervals[name])),
  ];
  const rows = (isLong ? weakest.slice(0, SHOWN) : slices).map(row);
  if (others !== undefined && !isLong)
    rows.push(row({ ...others, name: `${counted(others.values, 'other')} together` }));
  const found = table([by, 'rows', ...metrics], rows);
  if (!isLong) return found;
  const more = others === undefined ? '' : `; ${count(others.values)} smaller ones not one by one`;
  return `${found}\n${wrapped(`the weakest ${SHOWN} of ${slices.length}${more}: all with --json`, terminalWidth(), '  ')}`;
}

function worstSlices({ worst, metric }: SliceReport): string {
  if (worst.length === 0) return 'No slice is worse than all others beyond chance.';
  const lines = worst.map(
    ({ by, name, rows, value, interval, elsewhere }) =>
      `${by} ${name} (${count(rows)} rows): ${metric} ${estimate(value, interval)}, elsewhere ${elsewhere.toFixed(3)}`,
  );
  return [
    colors.bold('Worse than all others beyond chance, the surest first'),
    ...lines.map((line) => wrapped(`  ${line}`, terminalWidth(), '    ')),
  ].join('\n');
}
