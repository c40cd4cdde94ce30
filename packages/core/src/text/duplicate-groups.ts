/**
 * Rows that hold one text, word for word or nearly, belong together: a model that was trained on one of them has seen
 * the others. What is near to a near one belongs to them too.
 *
 * Short texts bind nothing, not even equal ones: thousands of buyers write «всё хорошо», each of them anew, and a model
 * will meet it again. A long text that stands twice was copied.
 */
import { normalizedForComparison } from './letters.ts';
import { createNearDuplicateIndex, LEAST_LENGTH, minHash } from './near-duplicates.ts';

/** Different texts among which near ones are looked for: about 100 MB of signatures. */
const MOST_COMPARED = 200_000;

export interface DuplicateGroups {
  /** By row, the first row of its group: its own where it is alone. */
  readonly groups: readonly number[];
  /** Rows that are not alone. */
  readonly boundRows: number;
  /** Whether near ones were looked for among all texts: of very many, only among the first. */
  readonly isComplete: boolean;
}

/** @param texts as they were written, by row from 0 */
export function duplicateGroups(texts: readonly string[], mostCompared = MOST_COMPARED): DuplicateGroups {
  const firstRows = new Map<string, number>();
  const index = createNearDuplicateIndex();
  const parents = texts.map((_, row) => row);
  let compared = 0;

  const rootOf = (row: number): number => {
    let at = row;
    for (let parent = parents[at] as number; parent !== at; parent = parents[at] as number) {
      parents[at] = parents[parent] as number; // the next way is half as long
      at = parent;
    }
    return at;
  };
  const bind = (a: number, b: number) => {
    const [one, other] = [rootOf(a), rootOf(b)];
    parents[Math.max(one, other)] = Math.min(one, other);
  };

  texts.forEach((text, row) => {
    const normal = normalizedForComparison(text);
    if (normal.length < LEAST_LENGTH) return;
    const same = firstRows.get(normal);
    if (same !== undefined) {
      bind(row, same);
      return;
    }
    firstRows.set(normal, row);
    const signature = compared < mostCompared ? minHash(normal) : undefined;
    if (signature === undefined) return;
    compared++;
    for (const { id } of index.findAll(signature)) bind(row, id);
    index.add(row, signature);
  });

  const groups = texts.map((_, row) => rootOf(row));
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return {
    groups,
    boundRows: groups.filter((group) => (sizes.get(group) as number) > 1).length,
    isComplete: compared === firstRows.size,
  };
}
