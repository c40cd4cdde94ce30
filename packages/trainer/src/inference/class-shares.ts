/**
 * The shares of the classes in the training data: the answer to a text with nothing in it. Alike where no counts are known.
 * @param counts by class id
 */
export function classShares(counts: readonly number[] | undefined, classes: number): Float32Array {
  const total = counts?.reduce((sum, count) => sum + count, 0) ?? 0;
  if (counts === undefined || total === 0) return new Float32Array(classes).fill(1 / classes);
  return Float32Array.from(counts, (count) => count / total);
}
