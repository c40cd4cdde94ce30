/**
 * Class thresholds: a factor for each class's probability before the largest is taken, so that weighted F1 rises. Found by
 * coordinate ascent: with the other factors fixed, every value that one factor can take differs by the rows it wins, which
 * one pass over the sorted rows tries out.
 */
import { confusionMatrix, marginals } from './confusion.ts';
import { classificationReport } from './report.ts';

/** Factors beyond these are an accident of a few rows. */
const [LEAST, MOST] = [0.1, 10];
const ROUNDS = 10;
/** A rise below this is rounding. */
const TOLERANCE = 1e-9;

/**
 * @param truth         class ids [rows]
 * @param probabilities [rows × classes]
 * @returns a factor for each class, 0.1 … 10; all of them 1 where nothing raises the weighted F1 of these rows
 */
export function fitClassThresholds(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
): number[] {
  const factors = new Array<number>(classes).fill(1);
  let best = weightedF1(truth, thresholdedAnswers(probabilities, factors), classes);
  for (let round = 0; round < ROUNDS; round++) {
    const before = best;
    for (let id = 0; id < classes; id++) {
      const found = bestFactor(truth, probabilities, factors, id);
      if (found.f1 <= best + TOLERANCE) continue;
      factors[id] = found.factor;
      best = found.f1;
    }
    if (best === before) break;
  }
  return factors;
}

/**
 * @param probabilities [rows × classes]
 * @param factors       by class
 * @returns the class id with the highest probability times factor, by row
 */
export function thresholdedAnswers(probabilities: ArrayLike<number>, factors: readonly number[]): number[] {
  const classes = factors.length;
  return Array.from({ length: probabilities.length / classes }, (_, row) => {
    let [answer, highest] = [0, -Infinity];
    factors.forEach((factor, id) => {
      const value = factor * (probabilities[row * classes + id] as number);
      if (value > highest) [answer, highest] = [id, value];
    });
    return answer;
  });
}

/**
 * What a model with these factors says of each class: its probabilities times factors, summing to one again.
 * @param probabilities [rows × classes]
 */
export function thresholdedProbabilities(
  probabilities: Float32Array,
  factors: readonly number[],
): Float32Array {
  const classes = factors.length;
  const result = probabilities.map((value, at) => value * (factors[at % classes] as number));
  for (let from = 0; from < result.length; from += classes) {
    const row = result.subarray(from, from + classes);
    const total = row.reduce((sum, value) => sum + value, 0);
    for (let id = 0; id < classes; id++) row[id] = (row[id] as number) / total;
  }
  return result;
}

export function weightedF1(truth: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): number {
  return classificationReport(confusionMatrix(truth, predicted, classes)).weighted.f1;
}

/** Raises the factor of class `id` over all its values, the rows going over to it one by one. */
function bestFactor(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  factors: readonly number[],
  id: number,
): { readonly factor: number; readonly f1: number } {
  const classes = factors.length;
  const others = thresholdedAnswers(
    probabilities,
    factors.map((factor, other) => (other === id ? -1 : factor)),
  );
  // the factor from which on a row is answered with the class
  const turn = others.map((other, row) => {
    const own = probabilities[row * classes + id] as number;
    const rival = (factors[other] as number) * (probabilities[row * classes + other] as number);
    return own === 0 ? Infinity : rival / own;
  });
  const order = turn.map((_, row) => row).sort((a, b) => (turn[a] as number) - (turn[b] as number));
  const f1 = countedF1(truth, others, classes);
  let best = { factor: 1, f1: -Infinity };
  for (let won = 0; won <= order.length; won++) {
    const row = order[won - 1];
    if (row !== undefined) f1.move(row, id);
    const from = Math.max(LEAST, row === undefined ? 0 : (turn[row] as number));
    const to = Math.min(MOST, turn[order[won] ?? -1] ?? Infinity);
    if (to > from * (1 + TOLERANCE) && f1.value() > best.f1)
      best = { factor: Math.sqrt(from * to), f1: f1.value() };
  }
  return best;
}

/** A weighted F1 that follows as answers change, each in constant time. */
function countedF1(truth: ArrayLike<number>, predicted: readonly number[], classes: number) {
  const confusion = confusionMatrix(truth, predicted, classes);
  const rows = marginals(confusion);
  const { support } = rows;
  const answered = [...rows.answered];
  const right = confusion.map((row, id) => row[id] as number);
  const share = (id: number) => {
    const all = (support[id] as number) + (answered[id] as number);
    return all === 0 ? 0 : (2 * (right[id] as number) * (support[id] as number)) / all;
  };
  let sum = support.reduce((total, _, id) => total + share(id), 0);
  const count = (id: number, row: number, by: 1 | -1) => {
    sum -= share(id);
    answered[id] = (answered[id] as number) + by;
    if (truth[row] === id) right[id] = (right[id] as number) + by;
    sum += share(id);
  };
  return {
    value: () => sum / truth.length,
    move: (row: number, to: number) => {
      count(predicted[row] as number, row, -1);
      count(to, row, 1);
    },
  };
}
