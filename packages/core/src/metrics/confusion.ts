import { total } from './sums.ts';

/**
 * @param truth     class ids
 * @param predicted class ids
 * @returns counts by [truth][predicted]
 */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) {
    const row = matrix[truth[i] as number] as number[];
    row[predicted[i] as number] = (row[predicted[i] as number] as number) + 1;
  }
  return matrix;
}

/** @returns rows by their true class, and by the class that they are answered with */
export function marginals(confusion: readonly (readonly number[])[]): {
  readonly support: readonly number[];
  readonly answered: readonly number[];
} {
  return {
    support: confusion.map(total),
    answered: confusion.map((_, id) => confusion.reduce((sum, row) => sum + (row[id] as number), 0)),
  };
}
