/** What charts have in common: colours by what they mean, axes without ornament, names of classes, intervals. */
import type { Place } from './chart.ts';

/** The page's style says which colours these are, by day, by night and on paper. */
export const INK = 'var(--ink)';
export const MUTED = 'var(--muted)';
export const LINE = 'var(--line)';
export const PAPER = 'var(--paper)';
/** what is measured, what is right */
export const ACCENT = 'var(--accent)';
/** what is wrong, or stands against it */
export const WARM = 'var(--warm)';
/** the darkest of a shading on which ink can still be read */
export const HEAT = 'var(--heat)';

export const FONT_SIZE = 12;

const SMALL = { color: MUTED, fontSize: FONT_SIZE };

/** @param more echarts' own */
export function valueAxis(name: string, more: object = {}): object {
  return { type: 'value', ...axisStyle(name), splitLine: { lineStyle: { color: LINE } }, ...more };
}

export function categoryAxis(data: readonly string[], more: object = {}): object {
  return { type: 'category', data, ...axisStyle(''), ...more };
}

function axisStyle(name: string) {
  return {
    ...(name !== '' && { name, nameLocation: 'middle', nameTextStyle: SMALL }),
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: SMALL,
    splitLine: { show: false },
  };
}

/** What colours mean, above a chart. */
export function legend(data: readonly (string | object)[]): object {
  return {
    ...{ data, left: 0, top: 0, padding: 0, textStyle: SMALL },
    ...{ itemWidth: 18, itemHeight: 8, itemGap: 16 },
  };
}

/** In a legend, a line without the dot that echarts draws on it. */
export function bareLine(name: string): object {
  return { name, itemStyle: { opacity: 0 } };
}

const GAP = 10;
const MOST_ROOM = 260;

/**
 * How much of a place the names beside a chart get: as much as they need.
 * @param share of the place that they get at most
 */
export function nameRoom(
  names: readonly string[],
  { width }: Place,
  { fontSize = FONT_SIZE, share = 0.42 } = {},
): number {
  const longest = Math.max(...names.map((name) => widthOf(name, fontSize)), 0);
  return Math.ceil(Math.min(longest, width * share, MOST_ROOM) + GAP);
}

/** Names beside a chart, cut where they are longer than their room. */
export function nameLabels(room: number, { fontSize = FONT_SIZE, ...more }: NameStyle = {}): object {
  return {
    ...{ color: INK, fontSize, interval: 0, formatter: (name: string) => cut(name, room - GAP, fontSize) },
    ...more,
  };
}

interface NameStyle {
  readonly fontSize?: number;
  readonly color?: string;
  readonly rotate?: number;
  readonly interval?: number | 'auto';
}

/** Horizontal lines from low to high, one a row; none where nothing is known. */
export function intervalLines(ranges: readonly ({ low: number; high: number } | undefined)[]): object[] {
  const bar = { type: 'bar', stack: 'interval', barWidth: 3 };
  return [
    { ...bar, data: ranges.map((range) => range?.low ?? 0), itemStyle: { color: 'transparent' } },
    {
      ...bar,
      data: ranges.map((range) => (range === undefined ? 0 : range.high - range.low)),
      itemStyle: { color: ACCENT, opacity: 0.4 },
    },
  ];
}

/** No wider than so many pixels; echarts' own way to cut takes Cyrillic letters for Chinese ones. */
function cut(text: string, width: number, fontSize: number): string {
  if (widthOf(text, fontSize) <= width) return text;
  let kept = text;
  while (kept !== '' && widthOf(`${kept}…`, fontSize) > width) kept = kept.slice(0, -1);
  return `${kept.trimEnd()}…`;
}

/** As wide as the letters of a wide common font, DejaVu Sans: which font a reader has nobody knows here. */
export function widthOf(text: string, fontSize = FONT_SIZE): number {
  let ems = 0;
  for (const character of text) {
    if (/[шщжюфШЩЖЮМФЫWMmw@%…]/.test(character)) ems += 0.95;
    else if (/[мыцдъДЪ]/.test(character)) ems += 0.76;
    else if (/[ilj.,:;!|'()[\]\s·-]/.test(character)) ems += 0.34;
    else if (/\p{Lu}/u.test(character)) ems += 0.7;
    else ems += (character.codePointAt(0) as number) > 0x2fff ? 1 : 0.63;
  }
  return ems * fontSize;
}
