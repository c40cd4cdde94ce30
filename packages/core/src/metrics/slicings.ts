/** Ways to slice any reviews, whatever columns they have: by length, and by how sure the model is. */
import type { Slicing } from './slices.ts';

const QUARTERS = [0.25, 0.5, 0.75, 1];

/** Quarters of the texts by their number of characters; fewer where many are of one length. */
export function byLength(texts: readonly string[]): Slicing {
  const lengths = texts.map((text) => [...text].length);
  const sorted = lengths.toSorted((a, b) => a - b);
  const ends = [...new Set(QUARTERS.map((share) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0))];
  const order = ends.map((end, i) => `${i === 0 ? (sorted[0] ?? 0) : (ends[i - 1] as number) + 1}–${end}`);
  return {
    by: 'characters',
    sliceOf: lengths.map((length) => order[ends.findIndex((end) => length <= end)] as string),
    order,
  };
}

const BELOW: readonly (readonly [limit: number, name: string])[] = [
  [0.5, 'below 0.5'],
  [0.7, '0.5–0.7'],
  [0.9, '0.7–0.9'],
  [Number.POSITIVE_INFINITY, '0.9–1'],
];

/** @param confidences of the answers [rows] */
export function byConfidence(confidences: readonly number[]): Slicing {
  return {
    by: 'confidence',
    sliceOf: confidences.map((one) => BELOW.find(([limit]) => one < limit)?.[1] as string),
    order: BELOW.map(([, name]) => name),
    isExpected: true,
  };
}
