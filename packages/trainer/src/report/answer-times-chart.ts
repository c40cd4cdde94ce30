/** How long single answers take, by the length of the review. */
import { summarizeLatency } from '../inference/latency.ts';
import type { AnswerTime } from '../training/answer-times.ts';
import type { Chart } from './chart.ts';
import { ACCENT, FONT_SIZE, MUTED, valueAxis } from './chart-parts.ts';
import { count, duration } from './numbers.ts';

/** @param perSecond reviews answered in batches, where that was measured */
export function answerTimesChart(
  times: readonly AnswerTime[],
  perSecond: number | undefined,
): Chart | undefined {
  if (times.length < 2) return undefined;
  const { p50Ms, p95Ms, p99Ms } = summarizeLatency(times.map(({ milliseconds }) => milliseconds));
  const inBatches =
    perSecond === undefined ? '' : ` In batches, ${count(Math.round(perSecond))} reviews a second.`;
  const said = `Half of the answers take up to ${duration(p50Ms)}, 95\u00a0% up to ${duration(p95Ms)}, 99\u00a0% up to ${duration(p99Ms)}.${inBatches}`;
  return {
    title: 'Time per review, one at a time',
    description: `Scatter of ${times.length} reviews by length and time. ${said}`,
    caption: said,
    heights: [300, 260],
    option: () => ({
      grid: { left: 52, right: 40, top: 12, bottom: 42 },
      xAxis: valueAxis('words', { nameGap: 28, splitLine: { show: false } }),
      yAxis: valueAxis('ms', { nameGap: 38, splitNumber: 4 }),
      series: [
        {
          ...{ type: 'scatter', symbolSize: 6, itemStyle: { color: ACCENT, opacity: 0.55 } },
          data: times.map(({ words, milliseconds }) => [words, milliseconds]),
          markLine: {
            ...{ symbol: 'none', lineStyle: { color: MUTED, type: 'dotted', width: 1.2 } },
            label: { formatter: '{b}', color: MUTED, fontSize: FONT_SIZE },
            data: [{ name: '95 %', yAxis: p95Ms }],
          },
        },
      ],
    }),
  };
}
