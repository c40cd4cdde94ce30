/** A chart of lines over steps, as lines of text that are all as wide as asked for. Axes are marked with round numbers. */
import type { Theme } from '../terminal/theme.ts';
import { asciiCanvas, brailleCanvas, line } from './canvas.ts';
import { ticksIn, tickText, wholeTicksIn } from './ticks.ts';

export interface Series {
  /** by ascending x; what is not finite is a gap */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly paint: (text: string) => string;
  /** Points alone, without lines between them: of what is noise, one in fifty may lie outside, at the edge. */
  readonly isDots?: boolean;
}

export interface LineChart {
  /** Later ones are drawn over earlier ones. */
  readonly series: readonly Series[];
  readonly width: number;
  readonly height: number;
}

/** Below this, a chart cannot be read: nothing is drawn. */
export const LEAST_CHART = { width: 16, height: 4 };

/** @returns `height` lines, each `width` wide; says so in the middle where there is nothing to draw yet */
export function lineChart({ series, width, height }: LineChart, theme: Theme): string[] {
  const all = series.flatMap(({ points }) => points).filter(isDrawn);
  if (width < LEAST_CHART.width || height < LEAST_CHART.height || all.length === 0)
    return emptyChart(width, height, theme);
  const [left, right] = spread(all.map(({ x }) => x));
  const [low, high] = spread(series.flatMap(shownValues));

  const lines = height - 2;
  const ticks = ticksIn(low, high, Math.min(8, Math.max(2, Math.floor(lines / 2))));
  const step = ticks.length > 1 ? (ticks[1] as number) - (ticks[0] as number) : high - low;
  const texts = ticks.map((tick) => tickText(tick, step));
  const room = Math.max(...texts.map((text) => text.length), 1);
  const columns = width - room - 2;
  if (columns < 4) return emptyChart(width, height, theme);

  const canvas = theme.hasUnicode ? brailleCanvas(columns, lines) : asciiCanvas(columns, lines);
  const place = (at: number, from: number, to: number, dots: number) =>
    Math.round(((at - from) / (to - from)) * (dots - 1));
  for (const [id, { points, isDots }] of series.entries()) {
    let before: readonly [number, number] | undefined;
    for (const point of points) {
      const { x, y } = point;
      if (!isDrawn(point)) {
        before = undefined;
        continue;
      }
      const inside = Math.min(high, Math.max(low, y));
      const dot = [place(x, left, right, canvas.width), place(inside, high, low, canvas.height)] as const;
      line(canvas, isDots ? dot : (before ?? dot), dot, id);
      before = dot;
    }
  }

  const { vertical, corner, horizontal, tickLeft, tickBelow } = theme.glyphs;
  const labels = new Map<number, string>();
  for (const [i, tick] of ticks.entries()) labels.set(place(tick, high, low, lines), texts[i] as string);
  const body = canvas.rows().map(({ characters, owners }, row) => {
    const label = labels.get(row);
    const axis = `${(label ?? '').padStart(room)} ${label === undefined ? vertical : tickLeft}`;
    return theme.dim(axis) + painted(characters, owners, series);
  });

  const marks = wholeTicksIn(left, right, Math.max(1, Math.floor(columns / 12)));
  const [below, names] = [Array<string>(columns).fill(horizontal), Array<string>(columns).fill(' ')];
  const apart = marks.length > 1 ? (marks[1] as number) - (marks[0] as number) : 1;
  for (const mark of marks) {
    const text = tickText(mark, apart);
    const at = place(mark, left, right, columns);
    below[at] = tickBelow;
    const begin = Math.min(Math.max(0, at - Math.floor(text.length / 2)), columns - text.length);
    for (const [i, character] of [...text].entries()) names[begin + i] = character;
  }
  const indent = ' '.repeat(room + 1);
  return [...body, theme.dim(indent + corner + below.join('')), theme.dim(`${indent} ${names.join('')}`)];
}

/** The distance between two such numbers is a number, too. */
function isDrawn({ x, y }: { readonly x: number; readonly y: number }): boolean {
  return Number.isFinite(x) && Math.abs(y) < 1e300;
}

/** @returns what the axis has to reach */
function shownValues({ points, isDots }: Series): number[] {
  const values = points.filter(isDrawn).map(({ y }) => y);
  if (!isDots) return values;
  const sorted = values.sort((a, b) => a - b);
  const outside = Math.floor(sorted.length / 50);
  return sorted.slice(outside, sorted.length - outside);
}

/** A range of no width is given one, so that a flat line lies in the middle. */
function spread(values: readonly number[]): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const around = Math.abs(low) * 0.1 || 1;
  return high > low ? [low, high] : [low - around, high + around];
}

function painted(
  characters: readonly string[],
  owners: readonly number[],
  series: readonly Series[],
): string {
  let text = '';
  for (let begin = 0; begin < characters.length; ) {
    let end = begin + 1;
    while (end < characters.length && owners[end] === owners[begin]) end++;
    const stretch = characters.slice(begin, end).join('');
    text += series[owners[begin] ?? -1]?.paint(stretch) ?? stretch;
    begin = end;
  }
  return text;
}

function emptyChart(width: number, height: number, theme: Theme): string[] {
  const text = 'nothing yet'.slice(0, Math.max(0, width));
  const before = Math.floor((width - text.length) / 2);
  return Array.from({ length: Math.max(0, height) }, (_, row) =>
    row === Math.floor((height - 1) / 2)
      ? theme.dim((' '.repeat(Math.max(0, before)) + text).padEnd(width))
      : ' '.repeat(Math.max(0, width)),
  );
}
