/**
 * Products of sparse rows with dense matrices [columns × classes]. Classes go by threes: an index and a value are
 * loaded once for three of them, and three sums in registers do not wait for each other.
 */
import type { SparseRows } from './features.ts';

/** scores [rows × classes] = X · weights + intercepts; the intercepts are the last row of the weights */
export function scoresOf(x: SparseRows, weights: Float64Array, classes: number): Float64Array {
  const { starts, indices, values } = x;
  const rows = starts.length - 1;
  const scores = new Float64Array(rows * classes);
  const intercepts = x.columns * classes;
  for (let row = 0; row < rows; row++) {
    const [start, end] = [starts[row] as number, starts[row + 1] as number];
    let c = 0;
    for (; c + 3 <= classes; c += 3) {
      let s = weights[intercepts + c] as number;
      let t = weights[intercepts + c + 1] as number;
      let u = weights[intercepts + c + 2] as number;
      for (let k = start; k < end; k++) {
        const value = values[k] as number;
        const at = (indices[k] as number) * classes + c;
        s += value * (weights[at] as number);
        t += value * (weights[at + 1] as number);
        u += value * (weights[at + 2] as number);
      }
      scores[row * classes + c] = s;
      scores[row * classes + c + 1] = t;
      scores[row * classes + c + 2] = u;
    }
    for (; c < classes; c++) {
      let s = weights[intercepts + c] as number;
      for (let k = start; k < end; k++)
        s += (values[k] as number) * (weights[(indices[k] as number) * classes + c] as number);
      scores[row * classes + c] = s;
    }
  }
  return scores;
}

/** sums [columns + 1 × classes] += Xᵀ · factors [rows × classes], and the factors' own sum in the last row */
export function addTransposedProducts(
  { starts, indices, values, columns }: SparseRows,
  factors: Float64Array,
  sums: Float64Array,
  classes: number,
): void {
  for (let row = 0; row + 1 < starts.length; row++) {
    const [start, end] = [starts[row] as number, starts[row + 1] as number];
    let c = 0;
    for (; c + 3 <= classes; c += 3) {
      const s = factors[row * classes + c] as number;
      const t = factors[row * classes + c + 1] as number;
      const u = factors[row * classes + c + 2] as number;
      for (let k = start; k < end; k++) {
        const value = values[k] as number;
        const at = (indices[k] as number) * classes + c;
        sums[at] = (sums[at] as number) + value * s;
        sums[at + 1] = (sums[at + 1] as number) + value * t;
        sums[at + 2] = (sums[at + 2] as number) + value * u;
      }
    }
    for (; c < classes; c++) {
      const s = factors[row * classes + c] as number;
      for (let k = start; k < end; k++) {
        const at = (indices[k] as number) * classes + c;
        sums[at] = (sums[at] as number) + (values[k] as number) * s;
      }
    }
    for (c = 0; c < classes; c++) {
      const at = columns * classes + c;
      sums[at] = (sums[at] as number) + (factors[row * classes + c] as number);
    }
  }
}

/** scores [classes] += one row · weights [columns × classes]; of its own, since these are float32 */
export function addRowProduct(
  { indices, values }: { readonly indices: Uint32Array; readonly values: Float32Array },
  size: number,
  weights: Float32Array,
  scores: Float64Array,
): void {
  const classes = scores.length;
  let c = 0;
  for (; c + 3 <= classes; c += 3) {
    let [s, t, u] = [0, 0, 0];
    for (let k = 0; k < size; k++) {
      const value = values[k] as number;
      const at = (indices[k] as number) * classes + c;
      s += value * (weights[at] as number);
      t += value * (weights[at + 1] as number);
      u += value * (weights[at + 2] as number);
    }
    scores[c] = (scores[c] as number) + s;
    scores[c + 1] = (scores[c + 1] as number) + t;
    scores[c + 2] = (scores[c + 2] as number) + u;
  }
  for (; c < classes; c++) {
    let s = 0;
    for (let k = 0; k < size; k++)
      s += (values[k] as number) * (weights[(indices[k] as number) * classes + c] as number);
    scores[c] = (scores[c] as number) + s;
  }
}
