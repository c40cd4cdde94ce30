/**
 * Multinomial logistic regression over sparse rows: ½‖W‖² + C · Σᵢ wᵢ · −log softmax(W·xᵢ + b)[yᵢ], the objective
 * of scikit-learn's LogisticRegression; the intercepts b are not regularised.
 */
import type { SparseRows } from './features.ts';
import type { Point } from './lbfgs.ts';

export interface Objective {
  readonly rows: SparseRows;
  /** class ids */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  /** by class */
  readonly classWeights: readonly number[];
  /** inverse strength of the regularisation */
  readonly C: number;
}

/**
 * @param parameters weights by [column][class], then the intercepts [classes]: a feature's weights lie together,
 *                   since they are used together
 */
export function objective(
  { rows, labels, classes, classWeights, C }: Objective,
  parameters: Float64Array,
): Point {
  const { starts, indices, values, columns } = rows;
  const intercepts = columns * classes;
  const gradient = new Float64Array(parameters.length);
  let value = 0;
  for (let i = 0; i < intercepts; i++) {
    const weight = parameters[i] as number;
    value += 0.5 * weight * weight;
    gradient[i] = weight;
  }
  const scores = new Float64Array(classes);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number;
    const strength = C * (classWeights[label] as number);
    scoresOf(rows, row, parameters, classes, scores);
    const logTotal = logSumExp(scores);
    value += strength * (logTotal - (scores[label] as number));
    for (let c = 0; c < classes; c++) {
      const error = strength * (Math.exp((scores[c] as number) - logTotal) - (c === label ? 1 : 0));
      scores[c] = error;
      gradient[intercepts + c] = (gradient[intercepts + c] as number) + error;
    }
    for (let k = starts[row] as number; k < (starts[row + 1] as number); k++) {
      const from = (indices[k] as number) * classes;
      const x = values[k] as number;
      for (let c = 0; c < classes; c++) {
        gradient[from + c] = (gradient[from + c] as number) + x * (scores[c] as number);
      }
    }
  }
  return { value, gradient };
}

/** Fills `scores` with W·x + b of one row. */
export function scoresOf(
  { starts, indices, values, columns }: SparseRows,
  row: number,
  parameters: Float64Array | Float32Array,
  classes: number,
  scores: Float64Array,
): void {
  for (let c = 0; c < classes; c++) scores[c] = parameters[columns * classes + c] as number;
  for (let k = starts[row] as number; k < (starts[row + 1] as number); k++) {
    const from = (indices[k] as number) * classes;
    const x = values[k] as number;
    for (let c = 0; c < classes; c++)
      scores[c] = (scores[c] as number) + x * (parameters[from + c] as number);
  }
}

export function logSumExp(scores: Float64Array): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (const score of scores) peak = Math.max(peak, score);
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - peak);
  return peak + Math.log(sum);
}
