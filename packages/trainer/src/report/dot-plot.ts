/** Scores one under the other: a point each, its interval as a line, and what it rests on at the right. */
import type { Interval } from '@otzyv/core';
import type { Chart, Place } from './chart.ts';
import {
  ACCENT,
  categoryAxis,
  intervalLines,
  MUTED,
  nameLabels,
  nameRoom,
  PAPER,
  valueAxis,
} from './chart-parts.ts';

export interface Dot {
  readonly name: string;
  readonly value: number;
  readonly interval: Interval | undefined;
  /** Stands at the right. */
  readonly note?: string;
  /** Smaller, hollow points: the values that this one is the mean of. */
  readonly values?: readonly number[];
}

interface DotPlotStyle {
  /** Where the axis begins (default: 0). */
  readonly min?: number;
  /** A line down through all, to compare with. */
  readonly mark?: number;
}

/** @param dots from the top to the bottom */
export function dotPlot(
  dots: readonly Dot[],
  { min = 0, mark }: DotPlotStyle = {},
): Pick<Chart, 'heights' | 'option'> {
  const rows = dots.toReversed(); // echarts begins at the bottom
  const names = rows.map(({ name }) => name);
  const notes = rows.map(({ note = '' }) => note);
  const hasNotes = notes.some((note) => note !== '');
  const height = 32 + 26 * rows.length;
  const option = (place: Place) => {
    const room = nameRoom(names, place);
    const rowAxis = categoryAxis(names, { axisLabel: nameLabels(room) });
    const noteAxis = categoryAxis(notes, { position: 'right', axisLabel: nameLabels(60, { color: MUTED }) });
    const markLine = {
      ...{ symbol: 'none', label: { show: false }, lineStyle: { color: MUTED, type: 'dotted', width: 1.5 } },
      data: mark === undefined ? [] : [{ xAxis: mark }],
    };
    const [full, hollow] = [
      { color: ACCENT, opacity: 1 },
      { color: PAPER, borderColor: ACCENT, borderWidth: 1.2 },
    ];
    const points = (data: number[][], symbolSize: number, itemStyle: object, z: number) => ({
      ...{ type: 'scatter', data, symbolSize, itemStyle, z },
    });
    const parts = rows.flatMap(({ values = [] }, at) => values.map((value) => [value, at]));
    const means = rows.map(({ value }, at) => [value, at]);
    return {
      grid: { left: room, right: hasNotes ? 44 : 12, top: 4, bottom: 24 },
      xAxis: valueAxis('', { min, max: 1, interval: 0.2 }),
      yAxis: hasNotes ? [rowAxis, noteAxis] : rowAxis,
      series: [
        ...intervalLines(rows.map(({ interval }) => interval)),
        { ...points(means, 10, full, 3), markLine },
        points(parts, 6, hollow, 4),
      ],
    };
  };
  return { heights: [height, height], option };
}
