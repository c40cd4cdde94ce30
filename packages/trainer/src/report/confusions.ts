/** Which class is taken for which: the confusion matrix, in counts and in shares of the true class. */
import type { EvaluationResult } from '../training/evaluate.ts';
import { type Chart, PLACES, type Place } from './chart.ts';
import { ACCENT, categoryAxis, HEAT, INK, LINE, MUTED, nameLabels, nameRoom } from './chart-parts.ts';
import { type Html, quoted, table } from './html.ts';
import { count, counted, percent } from './numbers.ts';

export interface Confusion {
  readonly truth: string;
  readonly answer: string;
  readonly count: number;
  /** of the rows whose truth this is */
  readonly share: number;
}

/** @returns all that happened, the most frequent first */
export function confusions({ labels, confusion }: EvaluationResult): Confusion[] {
  const name = (id: number) => labels[id] as string;
  return confusion
    .flatMap((row, truth) =>
      row.flatMap((n, answer) =>
        n === 0 || answer === truth
          ? []
          : [{ truth: name(truth), answer: name(answer), count: n, share: n / total(row) }],
      ),
    )
    .sort((a, b) => b.count - a.count || b.share - a.share);
}

/** More classes than this, and the cells are too small for a number. */
const MOST_NUMBERED = 15;
const NAME_SIZE = 11;
const [LEAST_CELL, TALLEST_CELL] = [13, 44];

/** What the two matrices differ in. */
const KINDS = {
  counts: {
    title: 'Confusions, in reviews',
    unit: 'in counts',
    caption: 'A row is what a review truly is, a column what was answered; framed cells are right.',
  },
  shares: {
    title: 'Confusions, in per cent of each row',
    unit: 'in per cent of each true class',
    caption: 'Each row adds up to a hundred: small classes are seen as well as large ones.',
  },
} as const;

/** @param shown class ids */
export function matrixChart(
  result: EvaluationResult,
  shown: readonly number[],
  kind: keyof typeof KINDS,
): Chart {
  const { title, unit, caption } = KINDS[kind];
  const names = shown.map((id) => result.labels[id] as string);
  const cells = shown.map((truth) => shown.map((answer) => result.confusion[truth]?.[answer] ?? 0));
  const totals = shown.map((truth) => total(result.confusion[truth] ?? []));
  const most = Math.max(1, ...cells.flat());
  const isNumbered = names.length <= MOST_NUMBERED;
  const data = cells.flatMap((row, truth) =>
    row.map((n, answer) => {
      const share = n / Math.max(1, totals[truth] ?? 0);
      const number = String(kind === 'counts' ? n : Math.round(share * 100));
      // counts grow by hundreds: their root shows the small ones too
      const opacity = kind === 'counts' ? Math.sqrt(n / most) : share;
      const frame = truth === answer && { borderColor: ACCENT, borderWidth: 1 };
      return {
        value: [answer, truth, opacity],
        itemStyle: { color: HEAT, opacity, ...frame },
        label: { show: isNumbered && n > 0, formatter: number, color: INK, opacity: 1 },
      };
    }),
  );
  const [worst] = confusions(result);
  const worstSaid =
    worst === undefined ? 'nothing is confused' : `most often ${worst.truth} is answered as ${worst.answer}`;
  const roomIn = (place: Place) => nameRoom(names, place, { fontSize: NAME_SIZE, share: 0.36 });
  const height = (place: Place) => {
    const room = roomIn(place);
    return Math.round(Math.min((place.width - room) * 0.85, names.length * TALLEST_CELL) + room * SLANT);
  };
  return {
    title,
    description: `Confusion matrix of ${counted(names.length, 'class', 'classes')}, ${unit}: ${worstSaid}.`,
    caption,
    isWide: !isNumbered,
    heights: [height(isNumbered ? PLACES.half : PLACES.wide), height(PLACES.narrow)],
    option: (place) => {
      const room = roomIn(place);
      const cellWidth = (place.width - room) / names.length;
      const fontSize = Math.min(
        NAME_SIZE,
        cellWidth / (0.66 * (kind === 'counts' ? String(most).length : 3)),
      );
      const axis = (axisLabel: object) =>
        categoryAxis(names, { splitLine: { show: true, lineStyle: { color: LINE } }, axisLabel });
      const style = { fontSize: NAME_SIZE, interval: cellWidth < LEAST_CELL ? 'auto' : 0 } as const;
      return {
        grid: { left: room, right: 1, top: 1, bottom: Math.ceil(room * SLANT) },
        xAxis: axis(nameLabels(room, { ...style, color: MUTED, rotate: 60 })),
        yAxis: { ...axis(nameLabels(room, style)), inverse: true },
        visualMap: { show: false, min: 0, max: 1, inRange: { opacity: [0, 1] } }, // echarts asks for one
        series: [{ type: 'heatmap', data, itemStyle: { borderWidth: 0 }, label: { fontSize } }],
      };
    },
    ...(kind === 'counts' && isNumbered && { numbers: countTable(names, cells) }),
  };
}

/** How high a name stands that is turned by 60 degrees. */
const SLANT = Math.sin(Math.PI / 3);

function countTable(names: readonly string[], cells: readonly (readonly number[])[]): Html {
  return table(
    'Counts by true class (rows) and answer (columns)',
    [{ title: 'true, answered' }, ...names.map((name) => ({ title: quoted(name), isNumber: true }))],
    cells.map((row, at) => [quoted(names[at] as string), ...row.map(count)]),
  );
}

export function confusionList(result: EvaluationResult): Html {
  const most = confusions(result).slice(0, 5);
  if (most.length === 0) return '';
  const columns = [
    { title: 'truly' },
    { title: 'answered' },
    { title: 'reviews', isNumber: true },
    { title: 'of the class', isNumber: true },
  ];
  const rows = most.map(({ truth, answer, count: n, share }) => [
    quoted(truth),
    quoted(answer),
    count(n),
    percent(share),
  ]);
  return `<h3>The most frequent confusions</h3>${table('The most frequent confusions', columns, rows)}`;
}

function total(row: readonly number[]): number {
  return row.reduce((sum, n) => sum + n, 0);
}
