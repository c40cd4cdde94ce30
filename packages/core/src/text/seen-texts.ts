/**
 * The texts of a data set as they come, and of which earlier one a text is a copy or nearly one. Two texts are the
 * same when they differ by case, ё and punctuation only; texts of nothing but signs, when they do in nothing.
 */
import { createDistinctTexts, type DistinctTexts, UNLABELLED } from './distinct-texts.ts';
import { normalizedForComparison } from './letters.ts';
import { createNearDuplicateIndex, minHash, type NearDuplicate } from './near-duplicates.ts';

/** Different texts among which near ones are looked for: about 100 MB of signatures. */
const MOST_COMPARED = 200_000;

export interface Twin {
  readonly row: number;
  /** otherwise it is only nearly the same */
  readonly isExact: boolean;
}

export interface SeenTexts {
  /** @param row from 1 @returns the text's number among the different ones; for a new one its nearest, if near enough */
  add(text: string, row: number, label?: number): { number: number; near: NearDuplicate | undefined };
  find(text: string): Twin | undefined;
  readonly distinct: Omit<DistinctTexts, 'add' | 'firstRow'>;
  /** How many of the different texts near ones are looked for among, and whether these are all. */
  compared(): { texts: number; isComplete: boolean };
}

export function createSeenTexts(mostCompared = MOST_COMPARED): SeenTexts {
  const distinct = createDistinctTexts();
  const index = createNearDuplicateIndex();
  let compared = 0;

  const nearest = (normal: string, row: number): NearDuplicate | undefined => {
    if (compared >= mostCompared) return undefined;
    compared++;
    const signature = minHash(normal);
    if (signature === undefined) return undefined;
    const near = index.find(signature);
    index.add(row, signature);
    return near;
  };

  return {
    add: (text, row, label = UNLABELLED) => {
      const normal = normalizedForComparison(text);
      const before = distinct.size();
      const number = distinct.add(normal || text.trim(), row, label);
      return { number, near: number === before ? nearest(normal, row) : undefined };
    },
    find: (text) => {
      const normal = normalizedForComparison(text);
      if (normal === '') return undefined;
      const same = distinct.firstRow(normal);
      if (same !== undefined) return { row: same, isExact: true };
      const signature = minHash(normal);
      const near = signature && index.find(signature);
      return near && { row: near.id, isExact: false };
    },
    distinct,
    compared: () => ({ texts: compared, isComplete: compared === distinct.size() }),
  };
}
