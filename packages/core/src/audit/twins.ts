/**
 * Texts that are equal or nearly so, of which a label or a side must be wrong: those in one set under different labels, and
 * those that stand in two sets. What everybody writes («всё хорошо») is equal without being copied, and marked as short.
 */
import { duplicateGroups } from '../text/duplicate-groups.ts';
import { normalizedForComparison } from '../text/letters.ts';
import { LEAST_LENGTH } from '../text/near-duplicates.ts';
import { createSeenTexts } from '../text/seen-texts.ts';

/** Rows with one text, or nearly, and more than one label. */
export interface Conflict {
  /** indices of rows, ascending */
  readonly rows: readonly number[];
  readonly isShort: boolean;
}

/** @param labelIds class ids */
export function conflictingTexts(texts: readonly string[], labelIds: readonly number[]): Conflict[] {
  const { groups } = duplicateGroups(texts); // by which short texts are bound to nothing
  const members = new Map<string | number, number[]>();
  for (const [row, text] of texts.entries()) {
    const normal = normalizedForComparison(text);
    const key = normal.length < LEAST_LENGTH ? normal || text.trim() : (groups[row] as number);
    const rows = members.get(key);
    if (rows === undefined) members.set(key, [row]);
    else rows.push(row);
  }
  return [...members]
    .filter(([, rows]) => rows.some((row) => labelIds[row] !== labelIds[rows[0] as number]))
    .map(([key, rows]) => ({ rows, isShort: typeof key === 'string' }));
}

/** A row of one set whose text stands in another. */
export interface Leak {
  /** indices of rows: of the set searched, and of the first such text in the other */
  readonly row: number;
  readonly otherRow: number;
  readonly isExact: boolean;
  readonly isShort: boolean;
}

/** @returns every text of `texts` that stands in `others`, or nearly */
export function leakedTexts(texts: readonly string[], others: readonly string[]): Leak[] {
  const seen = createSeenTexts(others.length);
  for (const [row, text] of others.entries()) seen.add(text, row + 1);
  return texts.flatMap((text, row) => {
    const twin = seen.find(text);
    return twin === undefined
      ? []
      : [{ row, otherRow: twin.row - 1, isExact: twin.isExact, isShort: isShort(text) }];
  });
}

function isShort(text: string): boolean {
  return normalizedForComparison(text).length < LEAST_LENGTH;
}
