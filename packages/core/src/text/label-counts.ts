/** How many rows each label has: of many thousand different labels those that came first, for they are no classes. */
import { copied } from './letters.ts';

export interface LabelCounts {
  /** @returns the label's id, from 1 */
  add(label: string): number;
  nameOf(id: number): string;
  /** in the order of first rows */
  counted(): { label: string; count: number; id: number }[];
  /** The one id of all labels that there was no more room for. */
  readonly uncounted: number;
}

export function createLabelCounts(most: number): LabelCounts {
  const ids = new Map<string, number>();
  const counts: number[] = [];
  const uncounted = most + 1;
  return {
    add: (label) => {
      const known = ids.get(label);
      if (known !== undefined) {
        counts[known - 1] = (counts[known - 1] as number) + 1;
        return known;
      }
      if (ids.size >= most) return uncounted;
      ids.set(copied(label), ids.size + 1);
      return counts.push(1);
    },
    nameOf: (id) => [...ids.keys()][id - 1] ?? '…',
    counted: () => [...ids].map(([label, id]) => ({ label, count: counts[id - 1] as number, id })),
    uncounted,
  };
}
