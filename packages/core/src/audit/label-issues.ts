/**
 * Which labels are probably wrong. The joint says how many rows of each pair of classes are; the rows that speak most
 * for it are taken. The ways to choose have the names, and give the answers, of cleanlab's `filter_by`.
 * Reference: Northcutt et al. 2021, section 3.2 (PBNR, PBC, C+NR, C_confusion).
 */
import { type ConfidentJoint, type LabelledProbabilities, TOLERANCE } from './confident-joint.ts';
import { labelQuality } from './label-quality.ts';

export const ISSUE_FILTERS = [
  'prune_by_noise_rate',
  'prune_by_class',
  'both',
  'confident_learning',
  'predicted_neq_given',
] as const;

/**
 * `prune_by_noise_rate`: of each pair (given i, true j) as many rows as the joint counts, by p(j) − p(i).
 * `prune_by_class`: of each class as many rows as the joint says are wrong, by their probability of it.
 * `both`: what both find. `confident_learning`: the rows that were counted off the joint's diagonal.
 * `predicted_neq_given`: every row that the model answers otherwise.
 */
export type IssueFilter = (typeof ISSUE_FILTERS)[number];

/** @returns by row whether its label is probably wrong; never where the model's answer is that label */
export function labelIssues(
  data: LabelledProbabilities,
  joint: ConfidentJoint,
  filter: IssueFilter,
): boolean[] {
  const isFound = finders[filter](data, joint);
  return isFound.map((found, row) => found && !isAnswered(data, row));
}

const finders: Record<IssueFilter, (data: LabelledProbabilities, joint: ConfidentJoint) => boolean[]> = {
  prune_by_noise_rate: byNoiseRate,
  prune_by_class: byClass,
  both: (data, joint) => {
    const byRate = byNoiseRate(data, joint);
    return byClass(data, joint).map((found, row) => found && byRate[row] === true);
  },
  confident_learning: ({ labelIds }, { confidentIds }) =>
    Array.from(confidentIds, (id, row) => id !== -1 && id !== labelIds[row]),
  predicted_neq_given: ({ labelIds }) => new Array<boolean>(labelIds.length).fill(true),
};

function byNoiseRate(data: LabelledProbabilities, joint: ConfidentJoint): boolean[] {
  const { probabilities, classes } = data;
  return foundByClass(data, joint, (rows, given, counts) =>
    counts.flatMap((count, id) => {
      const closeness = (row: number) =>
        (probabilities[row * classes + given] as number) - (probabilities[row * classes + id] as number);
      return id === given ? [] : leading(rows, closeness, count);
    }),
  );
}

function byClass(data: LabelledProbabilities, joint: ConfidentJoint): boolean[] {
  const confidence = labelQuality(data, 'self_confidence');
  return foundByClass(data, joint, (rows, given, counts) =>
    leading(rows, (row) => confidence[row] as number, rows.length - (counts[given] as number)),
  );
}

/**
 * A class never loses all of its rows: one that has a single row keeps it.
 * @param find takes a class's rows, its id and its counts by true class, and gives those rows that are wrong
 */
function foundByClass(
  { labelIds }: LabelledProbabilities,
  { calibrated }: ConfidentJoint,
  find: (rows: readonly number[], given: number, counts: readonly number[]) => readonly number[],
): boolean[] {
  const members = calibrated.map((): number[] => []);
  for (let row = 0; row < labelIds.length; row++) members[labelIds[row] as number]?.push(row);
  const isFound = new Array<boolean>(labelIds.length).fill(false);
  for (const [given, rows] of members.entries()) {
    if (rows.length <= 1) continue;
    const counts = withOneRight(calibrated[given] as readonly number[], given);
    for (const row of find(rows, given, counts)) isFound[row] = true;
  }
  return isFound;
}

/** Where rounding left a class without a right row, it is taken from the others. */
function withOneRight(counts: readonly number[], given: number): readonly number[] {
  if ((counts[given] as number) > 0) return counts;
  const others = Math.max(1, counts.filter((count) => count > 0).length - 1);
  return counts.map((count, id) => (id === given ? 1 : Math.max(0, Math.floor(count - 1 / others))));
}

/** @returns the `count` rows of the least worth */
function leading(rows: readonly number[], worthOf: (row: number) => number, count: number): number[] {
  return rows.toSorted((a, b) => worthOf(a) - worthOf(b)).slice(0, count);
}

/** Whether no other class is more probable than the given one. */
function isAnswered({ labelIds, probabilities, classes }: LabelledProbabilities, row: number): boolean {
  const given = labelIds[row] as number;
  const own = (probabilities[row * classes + given] as number) + TOLERANCE;
  for (let id = 0; id < classes; id++) {
    const other = probabilities[row * classes + id] as number;
    if (other > own || (other === own && id < given)) return false;
  }
  return true;
}
