/** A prediction's summary: what was answered, and how fast. */
import type { PredictionSummary } from '@otzyv/trainer';
import { count, duration, percent } from './format.ts';
import { table } from './table.ts';

export function describePrediction(
  summary: PredictionSummary,
  output: string,
  maxLatencySeconds: number,
): string {
  const { rows, counts, latency, minConfidence, uncertainLabel, uncertainTexts } = summary;
  const answers = Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([label, n]) => [label, count(n), percent(n / Math.max(1, rows))]);
  if (minConfidence !== undefined)
    answers.push([uncertainLabel, count(uncertainTexts), percent(uncertainTexts / Math.max(1, rows))]);
  const isFastEnough = summary.meanMs <= maxLatencySeconds * 1000;
  return [
    table(['answered', 'rows', 'share'], answers),
    '',
    `${count(rows)} texts in ${duration(summary.totalMs)}: ${duration(summary.meanMs)} each on average, ` +
      `${count(Math.round(summary.examplesPerSecond))} a second`,
    `one at a time: p50 ${duration(latency.p50Ms)}, p95 ${duration(latency.p95Ms)}, p99 ${duration(latency.p99Ms)} ` +
      `(${latency.samples} texts)`,
    `the mean is ${isFastEnough ? 'under' : 'OVER'} the limit of ${maxLatencySeconds} s`,
    `${summary.emptyTexts} empty, ${summary.truncatedTexts} cut at the length limit, ${summary.badRows} bad rows left out`,
    ...(minConfidence === undefined
      ? []
      : [
          `${uncertainLabel}: a confidence below ${minConfidence.toFixed(3)}; what it would be stands in "guess"`,
        ]),
    `written to ${output}`,
  ].join('\n');
}
