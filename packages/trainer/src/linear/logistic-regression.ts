/**
 * Multinomial logistic regression over sparse rows: ½‖W‖² + C · Σᵢ wᵢ · −log softmax(W·xᵢ + b)[yᵢ], the objective
 * of scikit-learn's LogisticRegression; the intercepts b are not regularised.
 */
import type { SparseRows } from './features.ts';
import type { Point } from './lbfgs.ts';
import { addProducts, addTransposedProducts } from './sparse-products.ts';

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

/** @param parameters weights [classes × columns], then the intercepts [classes] */
export function objective(
  { rows, labels, classes, classWeights, C }: Objective,
  parameters: Float64Array,
): Point {
  const intercepts = rows.columns * classes;
  const gradient = new Float64Array(parameters.length);
  gradient.set(parameters.subarray(0, intercepts)); // of ½‖W‖²
  let value = 0.5 * parameters.subarray(0, intercepts).reduce((sum, weight) => sum + weight * weight, 0);

  const scores = scoresOf(rows, parameters, classes);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number;
    const strength = C * (classWeights[label] as number);
    const logTotal = logSumExp(scores, row);
    value += strength * (logTotal - (scores[label]?.[row] as number));
    // the scores become the errors
    scores.forEach((ofClass, c) => {
      ofClass[row] = strength * (Math.exp((ofClass[row] as number) - logTotal) - (c === label ? 1 : 0));
    });
  }
  addTransposedProducts(rows, scores, byClass(gradient, rows.columns, classes));
  scores.forEach((errors, c) => {
    gradient[intercepts + c] = errors.reduce((sum, error) => sum + error, 0);
  });
  return { value, gradient };
}

/** @returns W·x + b by [class][row] */
export function scoresOf(
  rows: SparseRows,
  parameters: Float64Array | Float32Array,
  classes: number,
): Float64Array[] {
  const count = rows.starts.length - 1;
  const scores = Array.from({ length: classes }, (_, c) =>
    new Float64Array(count).fill(parameters[rows.columns * classes + c] as number),
  );
  addProducts(rows, byClass(parameters, rows.columns, classes), scores);
  return scores;
}

/** log Σ exp over the classes of one row, which does not overflow. @param scores by [class][row] */
export function logSumExp(scores: readonly Float64Array[], row: number): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (const ofClass of scores) peak = Math.max(peak, ofClass[row] as number);
  let sum = 0;
  for (const ofClass of scores) sum += Math.exp((ofClass[row] as number) - peak);
  return peak + Math.log(sum);
}

/** Views of each class's weights. */
function byClass<T extends Float64Array | Float32Array>(
  parameters: T,
  columns: number,
  classes: number,
): T[] {
  return Array.from({ length: classes }, (_, c) => parameters.subarray(c * columns, (c + 1) * columns) as T);
}
