/** Texts of one set that stand in another: what a model has seen in training, it should not be measured on. */
import { createNearDuplicateIndex, minHash, normalizedForComparison } from './near-duplicates.ts';

/** Texts of one set that stand in another too: what a model has seen is no test of it. */
export interface Leakage {
  /** rows of the second set whose text stands in the first */
  readonly exact: number;
  /** rows of the second set that nearly do */
  readonly near: number;
  readonly examples: readonly { readonly row: number; readonly otherRow: number; readonly text: string }[];
}

const EXAMPLES = 5;

/** @param known the set trained on @param other the set measured on; rows are numbered from 1 in both */
export function findLeakage(known: readonly string[], other: readonly string[]): Leakage {
  const rows = new Map<string, number>();
  const index = createNearDuplicateIndex();
  known.forEach((text, i) => {
    const key = normalizedForComparison(text);
    if (key !== '' && !rows.has(key)) {
      rows.set(key, i + 1);
      const signature = minHash(key);
      if (signature !== undefined) index.add(i + 1, signature);
    }
  });
  const examples: Leakage['examples'][number][] = [];
  let [exact, near] = [0, 0];
  other.forEach((text, i) => {
    const key = normalizedForComparison(text);
    const same = rows.get(key);
    const signature = same === undefined ? minHash(key) : undefined;
    const otherRow = same ?? (signature && index.find(signature))?.id;
    if (otherRow === undefined) return;
    if (same === undefined) near++;
    else exact++;
    if (examples.length < EXAMPLES) examples.push({ row: i + 1, otherRow, text });
  });
  return { exact, near, examples };
}
