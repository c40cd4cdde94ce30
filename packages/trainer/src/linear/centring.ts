/**
 * The same minimum in better-shaped coordinates. Every review has much in common with every other, so all weights
 * together do what the intercepts do, and an optimiser zigzags between the two. With features from which their mean
 * is taken, x − μ, the two are apart. That changes nothing: W·(x − μ) + b′ = W·x + b where b = b′ − W·μ, and
 * intercepts are not regularised. The means are never taken from the sparse rows, but accounted for here.
 */
import type { SparseRows } from './features.ts';
import type { Point } from './lbfgs.ts';

/** The intercept's input, about as large as the features' spread: its curvature is then like theirs. */
const INTERCEPT_INPUT = 0.15;

/** From centred parameters to those of the features as they are, and back for gradients. */
export interface Centring {
  /** @param parameters weights [columns × classes], then the intercepts [classes], centred */
  plain(parameters: Float64Array): Float64Array;
  /** @returns the point as a function of the centred parameters; its gradient is changed in place */
  centred(point: Point): Point;
}

/** @param rowWeight of the row with this number */
export function centring(
  blocks: readonly SparseRows[],
  rowWeight: (row: number) => number,
  classes: number,
): Centring {
  const mean = weightedMean(blocks, rowWeight);
  const intercepts = mean.length * classes;
  return {
    plain: (parameters) => {
      const plain = parameters.slice();
      for (let c = 0; c < classes; c++)
        plain[intercepts + c] = INTERCEPT_INPUT * (plain[intercepts + c] as number);
      for (let column = 0, at = 0; column < mean.length; column++) {
        const mu = mean[column] as number;
        for (let c = 0; c < classes; c++, at++)
          plain[intercepts + c] = (plain[intercepts + c] as number) - mu * (plain[at] as number);
      }
      return plain;
    },
    centred: ({ value, gradient }) => {
      for (let column = 0, at = 0; column < mean.length; column++) {
        const mu = mean[column] as number;
        for (let c = 0; c < classes; c++, at++)
          gradient[at] = (gradient[at] as number) - mu * (gradient[intercepts + c] as number);
      }
      for (let c = 0; c < classes; c++)
        gradient[intercepts + c] = INTERCEPT_INPUT * (gradient[intercepts + c] as number);
      return { value, gradient };
    },
  };
}

function weightedMean(blocks: readonly SparseRows[], rowWeight: (row: number) => number): Float64Array {
  const mean = new Float64Array(blocks[0]?.columns ?? 0);
  let row = 0;
  let total = 0;
  for (const { starts, indices, values } of blocks) {
    for (let i = 0; i + 1 < starts.length; i++) {
      const weight = rowWeight(row++);
      total += weight;
      for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
        const column = indices[k] as number;
        mean[column] = (mean[column] as number) + weight * (values[k] as number);
      }
    }
  }
  return mean.map((sum) => sum / Math.max(total, Number.MIN_VALUE));
}
