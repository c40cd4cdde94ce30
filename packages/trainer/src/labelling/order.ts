/** Which reviews are worth a person's time first. */
import type { LabellingItem } from './session.ts';

/**
 * How sure it is that a review has the right label, or would get it: the probability of the label that it has, or, where it
 * has none, of the one that is suggested. So the most suspicious of the labelled and the least certain of the others come
 * first.
 */
export function certaintyOf({ label, labelProbability, suggestions }: LabellingItem): number | undefined {
  return label === undefined ? suggestions[0]?.probability : labelProbability;
}

/** Least certain first; those of which nothing is known come last, and equal ones stay in the order of the file. */
export function leastCertainFirst(items: readonly LabellingItem[]): LabellingItem[] {
  const certainty = (item: LabellingItem) => certaintyOf(item) ?? Number.POSITIVE_INFINITY;
  return items.toSorted((a, b) => {
    const [one, other] = [certainty(a), certainty(b)];
    return one === other ? a.row - b.row : one - other;
  });
}
