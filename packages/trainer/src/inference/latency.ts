/** How long single answers take, as a service would ask for them: one text at a time. */
import type { Model } from './classifier.ts';

export interface LatencySummary {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Percentiles by the nearest rank. */
export function summarizeLatency(milliseconds: readonly number[]): LatencySummary {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const percentile = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { samples: sorted.length, p50Ms: percentile(0.5), p95Ms: percentile(0.95), p99Ms: percentile(0.99) };
}

/**
 * @param texts    the model has answered before: the first call pays for what later ones find ready
 * @param deadline by `performance.now()`: no text is begun after it
 * @returns milliseconds of each text that was answered, in their order
 */
export async function timeOneByOne(
  model: Pick<Model, 'predict'>,
  texts: readonly string[],
  { signal, deadline = Infinity }: { signal?: AbortSignal | undefined; deadline?: number } = {},
): Promise<number[]> {
  const times: number[] = [];
  for (const text of texts) {
    const started = performance.now();
    if (started >= deadline) break;
    await model.predict([text], { signal });
    times.push(performance.now() - started);
  }
  return times;
}
