/**
 * What was learned on some rows is measured on others: each part of the rows by what all other parts teach. For small
 * things that are learned beside the model, such as a temperature, on the rows that the model was measured on.
 */
import { createRandom, shuffled } from '../random.ts';

/**
 * @param truth class ids [rows]
 * @returns rows by part; each class is dealt out evenly, whatever order the rows stand in
 */
export function dealtParts(truth: ArrayLike<number>, parts: number): number[][] {
  const dealt: number[][] = Array.from({ length: Math.min(parts, truth.length) }, () => []);
  const rows = shuffled(
    Array.from({ length: truth.length }, (_, row) => row),
    createRandom(0, 'parts'),
  ).sort((a, b) => (truth[a] as number) - (truth[b] as number));
  rows.forEach((row, i) => {
    dealt[i % dealt.length]?.push(row);
  });
  return dealt;
}

/**
 * @param learn what is learned from rows
 * @param apply what it makes of others; called once for each part
 */
export function crossFit<Learned>(
  parts: readonly (readonly number[])[],
  learn: (rows: number[]) => Learned,
  apply: (learned: Learned, rows: readonly number[]) => void,
): void {
  for (const held of parts) apply(learn(parts.filter((part) => part !== held).flat()), held);
}
