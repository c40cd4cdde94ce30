/** Texts of one set that stand in another: what a model has seen in training, it should not be measured on. */
import { createSeenTexts, type SeenTexts } from './seen-texts.ts';

/** Texts of one set that stand in another too: what a model has seen is no test of it. */
export interface Leakage {
  /** rows of the second set that were looked for */
  readonly rows: number;
  /** rows of the second set whose text stands in the first */
  readonly exact: number;
  /** rows of the second set that nearly do */
  readonly near: number;
  readonly examples: readonly { readonly row: number; readonly otherRow: number; readonly text: string }[];
  /** Texts of the first set that `near` was looked for among: of very large sets, the first. */
  readonly comparedTexts: number;
  /** Whether these are all, so that `near` is complete. */
  readonly isComplete: boolean;
}

/** Takes the second set's rows one by one, and tells at the end, or at any time, what it has found. */
export interface LeakageFinder {
  /** @param row of the data, from 1 */
  add(text: string, row: number): void;
  leakage(): Leakage;
}

const EXAMPLES = 5;

export function createLeakageFinder(known: Pick<SeenTexts, 'find' | 'compared'>): LeakageFinder {
  const examples: Leakage['examples'][number][] = [];
  let [rows, exact, near] = [0, 0, 0];
  return {
    add: (text, row) => {
      rows++;
      const twin = known.find(text);
      if (twin === undefined) return;
      if (twin.isExact) exact++;
      else near++;
      if (examples.length < EXAMPLES) examples.push({ row, otherRow: twin.row, text });
    },
    leakage: () => {
      const { texts, isComplete } = known.compared();
      return { rows, exact, near, examples, comparedTexts: texts, isComplete };
    },
  };
}

/** @param known the set trained on @param other the set measured on; rows are numbered from 1 in both */
export function findLeakage(known: readonly string[], other: readonly string[]): Leakage {
  const seen = createSeenTexts();
  known.forEach((text, i) => {
    if (text.trim() !== '') seen.add(text, i + 1);
  });
  const finder = createLeakageFinder(seen);
  other.forEach((text, i) => {
    finder.add(text, i + 1);
  });
  return finder.leakage();
}
