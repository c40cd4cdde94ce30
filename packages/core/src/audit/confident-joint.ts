/**
 * How often each class is given to what is really another: the confident joint. A row counts as truly of class j when
 * its probability of j is at least the mean that rows labelled j have, so that a class the model is unsure of, a rare
 * one, is asked for less. Probabilities must be out of fold: of a model that has not seen the row.
 * Reference: Northcutt, Jiang & Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels",
 * JAIR 70, section 3.1; the details are those of cleanlab's `count` module.
 */
import { classCounts } from '../labels/weights.ts';

/** Given labels, and what a model that had not seen the rows says of them. */
export interface LabelledProbabilities {
  /** class ids [rows] */
  readonly labelIds: ArrayLike<number>;
  /** [rows × classes] */
  readonly probabilities: ArrayLike<number>;
  readonly classes: number;
}

export interface ConfidentJoint {
  /** Mean probability of each class over the rows labelled so; 2, which none reaches, for a class without rows. */
  readonly thresholds: readonly number[];
  /** By row the class it is confidently of, −1 for a row that reaches no threshold. */
  readonly confidentIds: Int32Array;
  /** Rows by [given][true], as counted. A class has at least one right row. */
  readonly counts: readonly (readonly number[])[];
  /** The same scaled to the rows that each label was given to, in whole numbers. */
  readonly calibrated: readonly (readonly number[])[];
}

/** Single-precision probabilities that are equal to a mean shall reach it. */
export const TOLERANCE = 1e-6;
const OUT_OF_REACH = 2;

export function confidentJoint(data: LabelledProbabilities): ConfidentJoint {
  const { labelIds, classes } = data;
  const thresholds = confidentThresholds(data);
  const confidentIds = Int32Array.from({ length: labelIds.length }, (_, row) =>
    confidentId(data, row, thresholds),
  );
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  confidentIds.forEach((id, row) => {
    if (id === -1) return;
    const given = counts[labelIds[row] as number] as number[];
    given[id] = (given[id] as number) + 1;
  });
  counts.forEach((given, id) => {
    given[id] = Math.max(1, given[id] as number);
  });
  return { thresholds, confidentIds, counts, calibrated: calibrate(counts, data) };
}

/** @returns [classes] */
function confidentThresholds({ labelIds, probabilities, classes }: LabelledProbabilities): number[] {
  const sums = new Array<number>(classes).fill(0);
  for (let row = 0; row < labelIds.length; row++) {
    const id = labelIds[row] as number;
    sums[id] = (sums[id] as number) + (probabilities[row * classes + id] as number);
  }
  const rows = classCounts(Array.from(labelIds), classes);
  return sums.map((sum, id) => {
    const count = rows[id] as number;
    return count === 0 ? OUT_OF_REACH : Math.max(2 * TOLERANCE, sum / count);
  });
}

/** Of several classes whose threshold is reached, the most probable of all. */
function confidentId(
  { probabilities, classes }: LabelledProbabilities,
  row: number,
  thresholds: readonly number[],
): number {
  let [reached, only, best] = [0, -1, 0];
  for (let id = 0; id < classes; id++) {
    const probability = probabilities[row * classes + id] as number;
    if (probability > (probabilities[row * classes + best] as number)) best = id;
    if (probability < (thresholds[id] as number) - TOLERANCE) continue;
    reached++;
    if (reached === 1) only = id;
  }
  return reached > 1 ? best : only;
}

function calibrate(
  counts: readonly (readonly number[])[],
  { labelIds, classes }: LabelledProbabilities,
): number[][] {
  const rows = classCounts(Array.from(labelIds), classes);
  return counts.map((given, id) => {
    const total = given.reduce((sum, n) => sum + n, 0);
    return roundedToSum(given.map((n) => (n / total) * (rows[id] as number)));
  });
}

/**
 * Whole numbers with the sum of the given ones: those go up, or down, that rounding took the most from; of equal ones
 * the last goes up and the first goes down, as in cleanlab.
 */
export function roundedToSum(values: readonly number[]): number[] {
  const rounded = values.map(halfToEven);
  const sum = (numbers: readonly number[]) => Math.round(numbers.reduce((all, n) => all + n, 0));
  const missing = sum(values) - sum(rounded);
  const taken = (id: number) => (values[id] as number) - (rounded[id] as number);
  const order = values.map((_, id) => id).sort((a, b) => taken(a) - taken(b));
  if (missing > 0) order.reverse();
  for (const id of order.slice(0, Math.abs(missing))) {
    rounded[id] = (rounded[id] as number) + Math.sign(missing);
  }
  return rounded;
}

function halfToEven(value: number): number {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
