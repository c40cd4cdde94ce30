/**
 * Multinomial logistic regression over sparse rows: ½‖W‖² + C · Σᵢ sᵢ · w[yᵢ] · −log softmax(W·xᵢ + b)[yᵢ], the objective
 * of scikit-learn's LogisticRegression with class weights w and sample weights s; the intercepts b are not regularised.
 */
import { breathe } from '../breathe.ts';
import type { SparseRows } from './features.ts';
import type { Point } from './lbfgs.ts';
import { addTransposedProducts, scoresOf } from './sparse-products.ts';

export interface LogisticRegression {
  /** the rows in blocks, small ones, for what is read of a block is still near when its gradient is made */
  readonly blocks: readonly SparseRows[];
  /** class ids, by row over all blocks */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  /** by class */
  readonly classWeights: readonly number[];
  /** by row over all blocks; absent: all ones */
  readonly exampleWeights?: ArrayLike<number> | undefined;
  /** inverse strength of the regularisation */
  readonly C: number;
}

/** @param parameters weights [columns × classes], then the intercepts [classes] */
export async function objective(
  { blocks, labels, classes, classWeights, exampleWeights, C }: LogisticRegression,
  parameters: Float64Array,
): Promise<Point> {
  const gradient = new Float64Array(parameters.length);
  const intercepts = parameters.length - classes;
  let value = 0;
  for (let i = 0; i < intercepts; i++) {
    const weight = parameters[i] as number;
    gradient[i] = weight; // of ½‖W‖²
    value += 0.5 * weight * weight;
  }
  let first = 0;
  let lastBreath = performance.now();
  for (const rows of blocks) {
    const scores = scoresOf(rows, parameters, classes);
    for (let at = 0, row = first; at < scores.length; at += classes, row++) {
      const label = labels[row] as number;
      const strength = C * (classWeights[label] as number) * (exampleWeights?.[row] ?? 1);
      const score = scores[at + label] as number;
      value += strength * (softmaxInPlace(scores, at, classes) - score);
      // the scores became probabilities, and become the errors
      scores[at + label] = (scores[at + label] as number) - 1;
      for (let c = at; c < at + classes; c++) scores[c] = (scores[c] as number) * strength;
    }
    addTransposedProducts(rows, scores, gradient, classes);
    first += rows.starts.length - 1;
    if (performance.now() - lastBreath > LONGEST_BREATH_MS) {
      await breathe();
      lastBreath = performance.now();
    }
  }
  return { value, gradient };
}

const LONGEST_BREATH_MS = 100;

/**
 * Scores of one row become probabilities, without overflow.
 * @returns log Σ exp of the scores
 */
export function softmaxInPlace(scores: Float64Array, start: number, classes: number): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (let i = start; i < start + classes; i++) peak = Math.max(peak, scores[i] as number);
  let sum = 0;
  for (let i = start; i < start + classes; i++) {
    const power = Math.exp((scores[i] as number) - peak);
    scores[i] = power;
    sum += power;
  }
  for (let i = start; i < start + classes; i++) scores[i] = (scores[i] as number) / sum;
  return peak + Math.log(sum);
}
