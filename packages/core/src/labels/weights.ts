/** Weights that make rare classes count as much as frequent ones. */

/**
 * @param weights of the examples, where one may count for more than another
 * @returns how often each class id occurs, or what its examples weigh together, [classes]
 */
export function classCounts(
  labelIds: Iterable<number>,
  classes: number,
  weights?: ArrayLike<number>,
): number[] {
  const counts = new Array<number>(classes).fill(0);
  let example = 0;
  for (const id of labelIds) counts[id] = (counts[id] as number) + (weights?.[example++] ?? 1);
  return counts;
}

/**
 * n / (k · count), as scikit-learn's `compute_class_weight('balanced')` weighs the k classes that occur.
 * @param counts examples of each class; a class without any weighs nothing: a fold may hold out all there are of it
 */
export function balancedClassWeights(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 0 : total / (present * count)));
}

/**
 * Balanced weights kept between ½ and 3: rare classes are helped, and a handful of rows does not outweigh
 * thousands. Better than balanced ones where a model learns from nothing else.
 * @param counts examples of each class; a class without any weighs 3
 */
export function clampedClassWeights(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => Math.min(3, Math.max(0.5, total / (counts.length * count))));
}

/** How classes weigh in the loss. */
export type ClassWeighting = 'balanced' | 'clamped' | 'none';

/** @param counts examples of each class */
export function classWeights(counts: readonly number[], weighting: ClassWeighting): number[] {
  switch (weighting) {
    case 'balanced':
      return balancedClassWeights(counts);
    case 'clamped':
      return clampedClassWeights(counts);
    case 'none':
      return counts.map(() => 1);
  }
}
