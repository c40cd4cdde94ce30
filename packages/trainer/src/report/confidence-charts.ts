/** Three looks at confidence: the reliability diagram, how confidences are spread, and what answering only some would do. */
import type { Reliability } from '@otzyv/core';
import type { Chart } from './chart.ts';
import {
  ACCENT,
  bareLine,
  categoryAxis,
  FONT_SIZE,
  LINE,
  legend,
  MUTED,
  PAPER,
  valueAxis,
  WARM,
} from './chart-parts.ts';
import type { Confidence } from './confidence.ts';
import { capitalized, type Html, table } from './html.ts';
import { count, percent, score } from './numbers.ts';

const SHARES = { min: 0, max: 1, interval: 0.2 };
const GRID = { left: 46, right: 12, top: 28, bottom: 42 };
const NAME_GAP = 28;

export function reliabilityChart({ before, after }: Confidence): Chart {
  const points = ({ bins }: Reliability) =>
    bins.flatMap(({ count: n, confidence, accuracy }) => (n === 0 ? [] : [[confidence, accuracy, n]]));
  const rows = before.bins.reduce((sum, { count: n }) => sum + n, 0);
  const line = (name: string, color: string, data: number[][], type: 'solid' | 'dashed') => ({
    ...{ name, type: 'line', data, symbol: 'circle', z: 3 },
    symbolSize: ([, , n = 0]: number[]) => 5 + 17 * Math.sqrt(n / Math.max(1, rows)),
    ...{ lineStyle: { color, width: 2, type }, itemStyle: { color } },
  });
  const lines =
    after === undefined
      ? [line('as it answers', ACCENT, points(before), 'solid')]
      : [
          line('before', WARM, points(before), 'dashed'),
          line('with the temperature', ACCENT, points(after), 'solid'),
        ];
  const diagonal = {
    ...{ type: 'line', symbol: 'none', lineStyle: { color: MUTED, type: 'dotted', width: 1.5 } },
    data: [
      [0, 0],
      [1, 1],
    ],
  };
  const errors = `calibration error (ECE) ${score(before.ece)}${after === undefined ? '' : ` before, ${score(after.ece)} with the temperature`}`;
  return {
    title: 'Said and true',
    description: `Reliability diagram: share of right answers by confidence; ${errors}.`,
    caption: `On the diagonal, what it says is true; below it the model is too sure. Larger points rest on more reviews. ${capitalized(errors)}.`,
    heights: [340, 290],
    option: () => ({
      grid: GRID,
      legend: legend(lines.map(({ name }) => name)),
      xAxis: valueAxis('confidence', { ...SHARES, nameGap: NAME_GAP }),
      yAxis: valueAxis('share that is right', { ...SHARES, nameGap: 32 }),
      series: [diagonal, ...lines],
    }),
    numbers: binTable(after ?? before),
  };
}

function binTable({ bins }: Reliability): Html {
  const rows = bins
    .filter(({ count: n }) => n > 0)
    .map(({ low, high, count: n, confidence, accuracy }) => [
      `${low.toFixed(2)}–${high.toFixed(2)}`,
      count(n),
      score(confidence),
      score(accuracy),
    ]);
  const columns = ['reviews', 'mean confidence', 'share right'].map((title) => ({ title, isNumber: true }));
  return table('Confidence and truth', [{ title: 'confidence' }, ...columns], rows);
}

export function histogramChart({ right, wrong }: Confidence): Chart {
  const first = Math.max(
    0,
    right.findIndex((n, bin) => n + (wrong[bin] ?? 0) > 0),
  );
  const bins = [...right.keys()].slice(first);
  const edge = (bin: number) => (bin / right.length).toFixed(1);
  const series = (name: string, color: string, counts: readonly number[]) => ({
    ...{ name, type: 'bar', stack: 'answers', data: counts.slice(first), barCategoryGap: '12%' },
    itemStyle: { color, borderColor: PAPER, borderWidth: 1 },
  });
  const [sureRight, sureWrong] = [right.at(-1) ?? 0, wrong.at(-1) ?? 0];
  const said = `Above 0.9 stand ${count(sureRight + sureWrong)} answers, ${count(sureWrong)} of them wrong.`;
  return {
    title: 'How sure it is',
    description: `Histogram of confidence. ${said}`,
    caption: `${said} Where the rust thins out, answers can go unread.`,
    heights: [340, 290],
    option: () => ({
      grid: { ...GRID, right: 4 },
      legend: legend(['right', 'wrong']),
      xAxis: categoryAxis(bins.map(edge), {
        ...{ name: 'confidence, from', nameLocation: 'middle', nameGap: NAME_GAP },
        nameTextStyle: { color: MUTED, fontSize: FONT_SIZE },
        axisLabel: { color: MUTED, fontSize: FONT_SIZE, interval: 0 },
        axisLine: { show: true, lineStyle: { color: LINE } },
      }),
      yAxis: valueAxis('', { minInterval: 1 }),
      series: [series('right', ACCENT, right), series('wrong', WARM, wrong)],
    }),
    numbers: table(
      'Answers by confidence',
      [{ title: 'confidence' }, { title: 'right', isNumber: true }, { title: 'wrong', isNumber: true }],
      bins.map((bin) => [`${edge(bin)}–${edge(bin + 1)}`, count(right[bin] ?? 0), count(wrong[bin] ?? 0)]),
    ),
  };
}

/** What answering only from a confidence on would do. */
export function rejectionChart({ rejection, chosen }: Confidence): Chart {
  const line = (name: string, of: 'precision' | 'precisionLow', style: object) => ({
    ...{ name, type: 'line', symbol: 'none', itemStyle: { color: ACCENT } },
    data: rejection.map((point) => [point.coverage, point[of]]),
    lineStyle: { color: ACCENT, ...style },
  });
  const markLine = {
    ...{ symbol: 'none', lineStyle: { color: WARM, type: 'solid', width: 1.2 } },
    label: { formatter: '{b}', color: WARM, fontSize: FONT_SIZE },
    data: chosen === undefined ? [] : [{ name: 'answered now', xAxis: chosen.coverage }],
  };
  const lowest = Math.min(...rejection.map(({ precisionLow }) => precisionLow));
  const half = rejection.find(({ coverage }) => coverage >= 0.5);
  const said =
    half === undefined
      ? ''
      : `The surest half, from a confidence of ${half.minConfidence.toFixed(2)} on, is right in ${percent(half.precision)}. `;
  return {
    title: 'Answering only when sure',
    description: `Share of right answers by the share of reviews that is answered. ${said}`,
    caption: `${said}The dashed line is what it is at least, with 95&nbsp;% certainty: choose a least confidence by that one.`,
    heights: [300, 260],
    option: () => ({
      grid: GRID,
      legend: legend(['right', 'at least'].map(bareLine)),
      xAxis: valueAxis('share that is answered', { ...SHARES, nameGap: NAME_GAP }),
      yAxis: valueAxis('', { min: Math.max(0, Math.floor(lowest * 10) / 10), max: 1, splitNumber: 4 }),
      series: [
        { ...line('right', 'precision', { width: 2 }), markLine },
        line('at least', 'precisionLow', { width: 1.5, type: 'dashed', opacity: 0.7 }),
      ],
    }),
    numbers: table(
      'What is answered from a confidence on',
      [
        { title: 'confidence, at least' },
        ...['answered', 'right', 'right, at least'].map((title) => ({ title, isNumber: true })),
      ],
      rejection.map(({ minConfidence, coverage, precision, precisionLow }) => [
        minConfidence.toFixed(3),
        percent(coverage),
        percent(precision),
        percent(precisionLow),
      ]),
    ),
  };
}
