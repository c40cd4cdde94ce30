/**
 * Products of a sparse matrix with dense ones, for a few columns (the classes) at a time: a number is loaded once for
 * three of them, and three independent sums do not wait for each other.
 */
import type { SparseRows } from './features.ts';

type Dense = Float64Array | Float32Array;

/** scores[class][row] += X · weights[class] */
export function addProducts(x: SparseRows, weights: readonly Dense[], scores: readonly Float64Array[]): void {
  const [from, into] = [byThrees(weights), byThrees(scores, x.starts.length - 1)];
  from.forEach((w, i) => {
    threeProducts(x, ...w, ...(into[i] as Three<Float64Array>));
  });
}

/** sums[class][column] += Xᵀ · factors[class] */
export function addTransposedProducts(
  x: SparseRows,
  factors: readonly Float64Array[],
  sums: readonly Float64Array[],
): void {
  const [from, into] = [byThrees(factors), byThrees(sums, x.columns)];
  from.forEach((f, i) => {
    threeTransposedProducts(x, ...f, ...(into[i] as Three<Float64Array>));
  });
}

type Three<T> = [T, T, T];

/** @param spare length of an array that the last three are filled up with, where they are written to */
function byThrees<T extends Dense>(arrays: readonly T[], spare?: number): Three<T>[] {
  return Array.from({ length: Math.ceil(arrays.length / 3) }, (_, i) => {
    const first = arrays[3 * i] as T;
    const at = (k: number) =>
      arrays[3 * i + k] ?? (spare === undefined ? first : (new Float64Array(spare) as T));
    return [first, at(1), at(2)];
  });
}

function threeProducts(
  { starts, indices, values }: SparseRows,
  wa: Dense,
  wb: Dense,
  wc: Dense,
  sa: Float64Array,
  sb: Float64Array,
  sc: Float64Array,
): void {
  for (let row = 0; row + 1 < starts.length; row++) {
    const end = starts[row + 1] as number;
    let a = 0;
    let b = 0;
    let c = 0;
    for (let k = starts[row] as number; k < end; k++) {
      const column = indices[k] as number;
      const value = values[k] as number;
      a += value * (wa[column] as number);
      b += value * (wb[column] as number);
      c += value * (wc[column] as number);
    }
    sa[row] = (sa[row] as number) + a;
    sb[row] = (sb[row] as number) + b;
    sc[row] = (sc[row] as number) + c;
  }
}

function threeTransposedProducts(
  { starts, indices, values }: SparseRows,
  fa: Float64Array,
  fb: Float64Array,
  fc: Float64Array,
  sa: Float64Array,
  sb: Float64Array,
  sc: Float64Array,
): void {
  for (let row = 0; row + 1 < starts.length; row++) {
    const end = starts[row + 1] as number;
    const [a, b, c] = [fa[row] as number, fb[row] as number, fc[row] as number];
    for (let k = starts[row] as number; k < end; k++) {
      const column = indices[k] as number;
      const value = values[k] as number;
      sa[column] = (sa[column] as number) + value * a;
      sb[column] = (sb[column] as number) + value * b;
      sc[column] = (sc[column] as number) + value * c;
    }
  }
}
