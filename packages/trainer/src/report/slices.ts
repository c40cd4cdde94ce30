/** Where a model is weak, looked at across classes: by what is known of the reviews, by their length, by confidence. */
import type { Slice, SliceGroup, SliceReport } from '@otzyv/core';
import { z } from 'zod';
import type { LabelledPredictions } from '../training/predictions-file.ts';
import { readPart } from '../training/run-parts.ts';
import { slicesOf } from '../training/slices.ts';
import type { Chart, Drawing } from './chart.ts';
import { dotPlot } from './dot-plot.ts';
import type { Finding } from './findings.ts';
import { metricTitle } from './headline.ts';
import { capitalized, escapeHtml, type Html, named, quoted, scoreCell, section, table } from './html.ts';
import { count, counted, interval, percent, score } from './numbers.ts';

/** More slices are no chart to look at: the weakest are drawn. */
const MOST_DRAWN = 20;

/**
 * As they were measured with the run, or else now.
 * @param confidences of the answers, as users get them [rows]
 */
export async function reportSlices(
  folder: string,
  predictions: LabelledPredictions,
  confidences: readonly number[],
): Promise<SliceReport> {
  const measured = z.looseObject({ slices: z.custom<SliceReport>(isSliceReport).optional() });
  const stored = await readPart(folder, 'eval_results.json', measured);
  return stored?.slices ?? slicesOf(predictions, { confidences });
}

/** Written by us: what is checked is that it was not replaced by something else. */
function isSliceReport(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'groups' in value && 'worst' in value;
}

export function sliceFindings(slices: SliceReport): Finding[] {
  const [worst] = slices.worst;
  return worst === undefined ? [] : [{ name: 'Weakest slice', said: worseSentence(worst, slices) }];
}

function worseSentence(
  { by, name, rows, value, interval: range, elsewhere }: SliceReport['worst'][number],
  { metric }: SliceReport,
): Html {
  const which = by === LENGTH ? `${name} characters` : `${escapeHtml(by)} ${named(nameOf({ name }))}`;
  return `${which}: ${metricTitle(metric)} ${score(value)} (${interval(range)}) on ${counted(rows, 'review')}, elsewhere ${score(elsewhere)}.`;
}

/** What `byLength` calls itself. */
const LENGTH = 'characters';

export function slicesSection(draw: Drawing, slices: SliceReport): Html {
  const { worst } = slices;
  const groups = slices.groups.filter((group) => group.slices.length > 1);
  if (groups.length === 0) return ''; // too few reviews to tell slices apart
  const lead =
    worst.length === 0
      ? 'No slice is worse than the other reviews by more than chance explains.'
      : `Worse than elsewhere by more than chance explains${worst.length > 1 ? ', the worst first' : ''}:`;
  const named =
    worst.length === 0
      ? ''
      : `<ul>${worst.map((one) => `<li>${worseSentence(one, slices)}</li>`).join('')}</ul>`;
  return section(
    'slices',
    'Slice by slice',
    lead,
    named,
    draw(...groups.map((group) => sliceChart(group, slices))),
  );
}

function sliceChart({ by, slices, others }: SliceGroup, { metric, whole }: SliceReport): Chart {
  const isLong = slices.length > MOST_DRAWN;
  const weakest = slices.toSorted((a, b) => a.intervals[metric].high - b.intervals[metric].high);
  const drawn = isLong ? weakest.slice(0, MOST_DRAWN) : slices;
  const title = `${capitalized(metricTitle(metric))} by ${by === LENGTH ? 'length in characters' : by}`;
  const dots = drawn.map((slice) => ({
    ...{ name: nameOf(slice), value: slice.metrics[metric], interval: slice.intervals[metric] },
    note: count(slice.rows),
  }));
  const rest = others === undefined ? [] : [{ ...others, name: `${count(others.values)} others` }];
  return {
    title: escapeHtml(title),
    description: `${title}: ${dots.map(({ name, value }) => `${name} ${score(value)}`).join(', ')}; of all reviews ${score(whole.metrics[metric])}.`,
    caption: `The dotted line is that of all reviews.${isLong ? ` Drawn are the ${MOST_DRAWN} weakest of ${count(slices.length)}.` : ''}`,
    ...dotPlot(dots, { mark: whole.metrics[metric] }),
    numbers: sliceTable(title, [...slices, ...rest, whole]),
  };
}

const SHOWN = ['f1_weighted', 'f1_macro', 'accuracy'] as const;

function nameOf({ name }: Pick<Slice, 'name'>): string {
  return name === '' ? '(empty)' : name;
}

function sliceTable(title: string, slices: readonly Slice[]): Html {
  const columns = ['reviews', 'share', ...SHOWN.map(metricTitle)].map((name) => ({
    title: name,
    isNumber: true,
  }));
  const rows = slices.map((slice) => [
    quoted(nameOf(slice)),
    count(slice.rows),
    percent(slice.share),
    ...SHOWN.map((metric) => scoreCell(slice.metrics[metric], slice.intervals[metric])),
  ]);
  return table(title, [{ title: 'slice' }, ...columns], rows);
}
