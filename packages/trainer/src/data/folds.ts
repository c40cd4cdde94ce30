/**
 * Folds: every row is held out once. `stratifiedKFold` deals each class out evenly; `stratifiedGroupKFold` deals out
 * whole groups, the most uneven first, each to the fold that keeps the classes nearest to their shares.
 * Same assignment as scikit-learn's StratifiedKFold and StratifiedGroupKFold (shuffle=False) for the same order of rows.
 */
import { classCounts, OtzyvError } from '@otzyv/core';

/**
 * @param labelIds class ids by row; every class occurs
 * @returns the fold of each row, from 0
 * @throws OtzyvError `data.too-small` when no class has a row for every fold
 */
export function stratifiedKFold(labelIds: readonly number[], folds: number): number[] {
  const classes = [...new Set(labelIds)]; // as they appear: scikit-learn's results do not depend on their names
  checkClasses(labelIds, folds);
  const rowsOf = new Map(classes.map((id): [number, number[]] => [id, []]));
  labelIds.forEach((id, row) => {
    rowsOf.get(id)?.push(row);
  });
  const foldOf = new Array<number>(labelIds.length);
  let dealt = 0; // of all rows, sorted by class: dealt out in turns, so that folds are of one size too
  for (const rows of rowsOf.values()) {
    const shares = new Array<number>(folds).fill(0);
    for (const _ of rows) {
      const fold = dealt++ % folds;
      shares[fold] = (shares[fold] as number) + 1;
    }
    let next = 0; // which rows go where follows their order, in blocks
    shares.forEach((share, fold) => {
      for (const row of rows.slice(next, next + share)) foldOf[row] = fold;
      next += share;
    });
  }
  return foldOf;
}

/**
 * The group with the largest deviation of its class counts comes first; it goes to the fold after which the shares of
 * the classes, over the folds, deviate least: of equal ones, to the one with the fewest rows.
 * @param labelIds class ids by row, from 0; every class occurs
 * @param groups   by row; among equals, groups come in the order of these numbers
 * @returns the fold of each row, from 0
 * @throws OtzyvError `data.too-small`, or `data.too-few-groups` when there are fewer groups than folds
 */
export function stratifiedGroupKFold(
  labelIds: readonly number[],
  groups: readonly number[],
  folds: number,
): number[] {
  const sizes = checkClasses(labelIds, folds);
  const classes = sizes.length;
  const countsOf = new Map<number, number[]>();
  groups.forEach((group, row) => {
    const counts = countsOf.get(group) ?? new Array<number>(classes).fill(0);
    counts[labelIds[row] as number] = (counts[labelIds[row] as number] as number) + 1;
    countsOf.set(group, counts);
  });
  if (countsOf.size < folds) {
    throw new OtzyvError(
      'data.too-few-groups',
      `${countsOf.size} groups cannot be dealt out to ${folds} folds`,
      'Choose fewer --folds, or another --group-column.',
    );
  }
  const order = [...countsOf]
    .map(([group, counts]) => ({ group, counts, deviation: deviation(counts, numpySum) }))
    .sort((a, b) => b.deviation - a.deviation || a.group - b.group);

  const held = Array.from({ length: folds }, () => new Array<number>(classes).fill(0)); // [folds, classes]
  const rowsIn = new Array<number>(folds).fill(0);
  const share = (fold: number, id: number, more = 0) => ((held[fold] as number[])[id] as number) + more;
  /** Of a class's shares over the folds, if a fold had so many rows of it more. */
  const unevenness = (id: number, fold = 0, more = 0) =>
    deviation(
      held.map((_, other) => share(other, id, other === fold ? more : 0) / (sizes[id] as number)),
      sum,
    );
  const now = sizes.map((_, id) => unevenness(id));
  const foldOf = new Map<number, number>();
  for (const { group, counts } of order) {
    let [best, least, fewest] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let fold = 0; fold < folds; fold++) {
      const after = now.map((present, id) => (counts[id] === 0 ? present : unevenness(id, fold, counts[id])));
      const value = numpySum(after) / classes;
      const isEqual = Math.abs(value - least) <= 1e-8 + 1e-5 * least; // numpy.isclose
      if (value < least || (isEqual && (rowsIn[fold] as number) < fewest))
        [best, least, fewest] = [fold, value, rowsIn[fold] as number];
    }
    foldOf.set(group, best);
    counts.forEach((n, id) => {
      if (n === 0) return;
      (held[best] as number[])[id] = share(best, id, n);
      rowsIn[best] = (rowsIn[best] as number) + n;
      now[id] = unevenness(id);
    });
  }
  return groups.map((group) => foldOf.get(group) as number);
}

/** @returns the rows of each class */
function checkClasses(labelIds: readonly number[], folds: number): number[] {
  const sizes = classCounts(labelIds, Math.max(...new Set(labelIds)) + 1);
  if (Math.max(...sizes) >= folds) return sizes;
  throw new OtzyvError(
    'data.too-small',
    `no class has ${folds} rows: ${folds} folds cannot be made of ${labelIds.length} rows`,
    'Choose fewer --folds, or add rows.',
  );
}

/** @returns the standard deviation, over n */
function deviation(values: readonly number[], total: (values: readonly number[]) => number): number {
  const mean = total(values) / values.length;
  return Math.sqrt(total(values.map((value) => (value - mean) * (value - mean))) / values.length);
}

/** In order, as numpy sums over the first axis of a matrix. */
function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * Pairwise, as numpy sums what lies side by side: which of two nearly equal folds comes first hangs on the last bit.
 * Reference: numpy/_core/src/umath/loops_utils.h.src, pairwise_sum
 */
function numpySum(values: readonly number[]): number {
  const n = values.length;
  if (n < 8) return sum(values);
  if (n > 128) {
    const half = (n >> 1) - ((n >> 1) % 8);
    return numpySum(values.slice(0, half)) + numpySum(values.slice(half));
  }
  const lane = (from: number) => {
    let total = values[from] as number;
    for (let i = from + 8; i < n - (n % 8); i += 8) total += values[i] as number;
    return total;
  };
  const eight = lane(0) + lane(1) + (lane(2) + lane(3)) + (lane(4) + lane(5) + (lane(6) + lane(7)));
  return values.slice(n - (n % 8)).reduce((total, value) => total + value, eight);
}
