/**
 * The log-linear pool: p ∝ Π p_m^w_m. A weight is at once how far a member is trusted and its temperature, so weights
 * need not sum to one. They are learned by maximum likelihood; the mean log loss is convex in them, and there are few,
 * so Newton's method on the weights that are not held at zero finds the minimum in some ten steps.
 * References: Genest & Zidek 1986, Combining Probability Distributions; Bertsekas 1982, Projected Newton Methods.
 */
import { softmaxInPlace } from '../linear/logistic-regression.ts';

/** Off zero, lest a member's rounding silence all others. */
const LEAST_PROBABILITY = 1e-12;

/**
 * Holds the weights together where the data does not: of equal members, whose weights it makes equal, and of data that
 * is answered without a fault, whose likelihood grows for ever. It moves a weight by less than a thousandth otherwise.
 */
const RIDGE = 1e-4;

/**
 * Adds one member's voice to the scores of a pool.
 * @param scores        [rows × classes], Σ w_m · log p_m so far
 * @param probabilities [rows × classes]
 */
export function addVoice(scores: Float64Array, probabilities: ArrayLike<number>, weight: number): void {
  for (let i = 0; i < scores.length; i++) {
    scores[i] =
      (scores[i] as number) + weight * Math.log(Math.max(probabilities[i] as number, LEAST_PROBABILITY));
  }
}

/**
 * @param members each [rows × classes], over the same classes in the same order
 * @returns [rows × classes], each row summing to one
 */
export function pooled(
  members: readonly ArrayLike<number>[],
  weights: readonly number[],
  classes: number,
): Float32Array {
  const scores = new Float64Array(members[0]?.length ?? 0);
  members.forEach((probabilities, m) => {
    addVoice(scores, probabilities, weights[m] as number);
  });
  for (let at = 0; at < scores.length; at += classes) softmaxInPlace(scores, at, classes);
  return Float32Array.from(scores);
}

/** @param probabilities [rows × classes] */
export function logProbabilities(probabilities: ArrayLike<number>): Float64Array {
  const logs = new Float64Array(probabilities.length);
  addVoice(logs, probabilities, 1);
  return logs;
}

/** The mean log loss of a pool with its derivatives by the weights. */
export interface PoolLoss {
  readonly value: number;
  readonly gradient: readonly number[];
  readonly hessian: readonly (readonly number[])[];
}

/**
 * The gradient by w_m is the mean of E[log p_m] − log p_m(truth), the Hessian the mean of Cov[log p_m, log p_n], with
 * expectations under the pool.
 * @param voices log-probabilities of each member, [rows × classes]
 * @param truth  class ids [rows]
 */
export function poolLoss(
  voices: readonly Float64Array[],
  truth: ArrayLike<number>,
  classes: number,
  weights: readonly number[],
): PoolLoss {
  const rows = truth.length;
  const scores = new Float64Array(classes);
  const expected = voices.map(() => 0);
  const gradient = voices.map(() => 0);
  const hessian = voices.map(() => voices.map(() => 0));
  let value = 0;
  for (let row = 0; row < rows; row++) {
    const first = row * classes;
    const label = truth[row] as number;
    scores.fill(0);
    voices.forEach((logs, m) => {
      for (let c = 0; c < classes; c++)
        scores[c] = (scores[c] as number) + (weights[m] as number) * (logs[first + c] as number);
    });
    const scoreOfTruth = scores[label] as number;
    value += (softmaxInPlace(scores, 0, classes) - scoreOfTruth) / rows; // scores are probabilities from here on
    voices.forEach((logs, m) => {
      let mean = 0;
      for (let c = 0; c < classes; c++) mean += (scores[c] as number) * (logs[first + c] as number);
      expected[m] = mean;
      gradient[m] = (gradient[m] as number) + (mean - (logs[first + label] as number)) / rows;
    });
    voices.forEach((a, m) => {
      const line = hessian[m] as number[];
      for (let n = 0; n <= m; n++) {
        const b = voices[n] as Float64Array;
        let product = 0;
        for (let c = 0; c < classes; c++)
          product +=
            (scores[c] as number) *
            ((a[first + c] as number) - (expected[m] as number)) *
            ((b[first + c] as number) - (expected[n] as number));
        line[n] = (line[n] as number) + product / rows;
      }
    });
  }
  for (const [m, line] of hessian.entries())
    for (let n = m + 1; n < line.length; n++) line[n] = hessian[n]?.[m] as number;
  return { value, gradient, hessian };
}

/**
 * The weights ≥ 0 with the least mean log loss.
 * @param members each [rows × classes]
 * @param truth   class ids [rows]
 */
export function learnWeights(
  members: readonly ArrayLike<number>[],
  truth: ArrayLike<number>,
  classes: number,
): number[] {
  const voices = members.map(logProbabilities);
  const equal = 1 / members.length;
  const at = (weights: readonly number[]): PoolLoss => {
    const { value, gradient, hessian } = poolLoss(voices, truth, classes, weights);
    const away = weights.map((weight) => weight - equal);
    return {
      value: value + (RIDGE / 2) * away.reduce((sum, one) => sum + one * one, 0),
      gradient: gradient.map((slope, m) => slope + RIDGE * (away[m] as number)),
      hessian: hessian.map((line, m) => line.map((curve, n) => (m === n ? curve + RIDGE : curve))),
    };
  };

  let weights = members.map(() => equal);
  let here = at(weights);
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const { gradient, hessian } = here;
    const gap = Math.max(
      ...weights.map((weight, m) => Math.abs(weight - Math.max(0, weight - (gradient[m] as number)))),
    );
    if (gap <= TOLERANCE) break;
    // at zero or all but, and better below: held there
    const isHeld = (m: number) =>
      (weights[m] as number) <= Math.min(AT_ZERO, gap) && (gradient[m] as number) > 0;
    const free = weights.flatMap((_, m) => (isHeld(m) ? [] : [m]));
    const step = solve(
      free.map((m) => free.map((n) => hessian[m]?.[n] as number)),
      free.map((m) => -(gradient[m] as number)),
    );
    const moved = (length: number) => {
      const next = weights.map(() => 0);
      free.forEach((m, i) => {
        next[m] = Math.max(0, (weights[m] as number) + length * (step[i] as number));
      });
      return next;
    };
    let [length, next] = [1, moved(1)];
    let there = at(next);
    while (
      there.value > here.value - DECREASE * descent(gradient, weights, next) + ROUNDING &&
      length > 1e-10
    ) {
      length /= 2;
      next = moved(length);
      there = at(next);
    }
    [weights, here] = [next, there];
  }
  return weights;
}

const MAX_ITERATIONS = 100;
const TOLERANCE = 1e-10;
const AT_ZERO = 1e-4;
const DECREASE = 1e-4;
/** Close to the minimum only the gradient still tells where it is: the loss has no digits left. */
const ROUNDING = 1e-12;

function descent(gradient: readonly number[], from: readonly number[], to: readonly number[]): number {
  return gradient.reduce((sum, slope, m) => sum + slope * ((from[m] as number) - (to[m] as number)), 0);
}

/** A·x = b for a symmetric positive definite A, by Cholesky's A = L·Lᵀ. */
function solve(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const size = b.length;
  const lower = a.map(() => new Array<number>(size).fill(0));
  const entry = (row: number, column: number) => lower[row]?.[column] as number;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = a[i]?.[j] as number;
      for (let k = 0; k < j; k++) rest -= entry(i, k) * entry(j, k);
      (lower[i] as number[])[j] = i === j ? Math.sqrt(Math.max(rest, Number.EPSILON)) : rest / entry(j, j);
    }
  }
  const x = [...b];
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i] = (x[i] as number) - entry(i, k) * (x[k] as number);
    x[i] = (x[i] as number) / entry(i, i);
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i] = (x[i] as number) - entry(k, i) * (x[k] as number);
    x[i] = (x[i] as number) / entry(i, i);
  }
  return x;
}
