/** A first look at a data set. Rows are added one by one, so that a file of any length can pass through. */
import { labelKey } from '../labels/encoder.ts';
import type { DatasetProfile, ProfileRow, RepeatedText, RowsFound } from './dataset-profile.ts';
import { UNLABELLED } from './distinct-texts.ts';
import { createLabelCounts } from './label-counts.ts';
import { createLeakageFinder, type LeakageFinder } from './leakage.ts';
import { createLengths, measured } from './lengths.ts';
import { createMostRepeated, type Held } from './most-repeated.ts';
import { createSeenTexts } from './seen-texts.ts';
import { createTokenCounts } from './token-counts.ts';

/** Takes rows, and tells at the end, or at any time, what it has seen. */
export interface Profiler {
  add(row: ProfileRow): void;
  profile(): DatasetProfile;
  /** For another set's rows: those whose text stands in this one. */
  leakageFinder(): LeakageFinder;
}

/** Where a profile of very many rows stops to be complete; it says so then. */
export interface ProfilerLimits {
  /** different texts among which near-duplicates are looked for, at about 500 bytes each; 200,000 */
  readonly mostCompared?: number;
  /** different words, of all classes together, at about 100 bytes each; 1,000,000 */
  readonly mostTokens?: number;
  /** different labels; 10,000 */
  readonly mostLabels?: number;
}

const EXAMPLES = 5;
const MOST_LABELS = 10_000;
const TOP_TOKENS = 20;
const TOP_TOKENS_BY_CLASS = 8;

/**
 * For rows that come one by one, as from a file; `profileDataset` for those that are all there. No text is kept but
 * the examples: memory grows by some 35 bytes with each different text.
 */
export function createProfiler({
  mostCompared,
  mostTokens,
  mostLabels = MOST_LABELS,
}: ProfilerLimits = {}): Profiler {
  const words = createLengths();
  const characters = createLengths();
  const labels = createLabelCounts(mostLabels);
  const seen = createSeenTexts(mostCompared);
  const tokens = createTokenCounts(mostTokens);
  const repeated = createMostRepeated(seen.distinct);
  const conflicting = createMostRepeated(seen.distinct);
  const nearExamples: { row: number; otherRow: number; similarity: number }[] = [];
  const emptyTexts = createRowsFound();
  const missingLabels = createRowsFound();
  const uncountedLabels = createRowsFound();
  let [rows, labelled, nearPairs] = [0, 0, 0];

  const addLabel = (label: string | undefined, row: number): number => {
    if (label === undefined) return UNLABELLED;
    if (label.trim() === '') {
      missingLabels.add(row);
      return UNLABELLED;
    }
    labelled++;
    const id = labels.add(label);
    if (id === labels.uncounted) uncountedLabels.add(row);
    return id;
  };

  const addText = (text: string, label: number, row: number) => {
    const { number, near } = seen.add(text, row, label);
    if (near !== undefined) {
      nearPairs++;
      if (nearExamples.length < EXAMPLES)
        nearExamples.push({ row, otherRow: near.id, similarity: near.similarity });
    }
    if (seen.distinct.count(number) === 1) return;
    repeated.offer(number, text);
    if (seen.distinct.hasConflict(number)) conflicting.offer(number, text);
  };

  const repeatedText = ({ number, text }: Held): RepeatedText => {
    const { rows, labels: ids } = seen.distinct.occurrences(number);
    const names = ids.map((id) => labels.nameOf(id)).sort();
    return { text, count: seen.distinct.count(number), rows, labels: names };
  };

  return {
    add: ({ text, label, row }) => {
      rows++;
      const id = addLabel(label, row);
      if (text.trim() === '') return emptyTexts.add(row);
      const length = measured(text);
      words.add(length.words);
      characters.add(length.characters);
      tokens.add(text, id === labels.uncounted ? UNLABELLED : id);
      addText(text, id, row);
    },

    profile: () => {
      const totals = seen.distinct.totals();
      const classes = labels
        .counted()
        .sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1))
        .map(({ label, count, id }) => ({
          ...{ label, count, share: count / labelled },
          top: tokens.top(TOP_TOKENS_BY_CLASS, id),
        }));
      const top = tokens.top(TOP_TOKENS);
      const { texts: comparedRows, isComplete } = seen.compared();
      return {
        rows,
        emptyTexts: emptyTexts.found(),
        missingLabels: missingLabels.found(),
        words: words.summary(),
        characters: characters.summary(),
        distinctTexts: seen.distinct.size(),
        classes: classes.map(({ top: _, ...rest }) => rest),
        majorityShare: classes[0]?.share ?? 0,
        uncountedLabels: uncountedLabels.found(),
        doubledLabels: doubledLabels(labels.counted().map(({ label }) => label)),
        duplicates: {
          texts: totals.repeated,
          surplusRows: totals.surplusRows,
          examples: repeated.held().map(repeatedText),
        },
        conflicts: { texts: totals.conflicting, examples: conflicting.held().map(repeatedText) },
        nearDuplicates: { pairs: nearPairs, examples: nearExamples, comparedRows, isComplete },
        topTokens: top.tokens,
        topTokensByClass: Object.fromEntries(classes.map(({ label, top }) => [label, top.tokens])),
        topTokensError: {
          all: top.error,
          byClass: Object.fromEntries(classes.map(({ label, top }) => [label, top.error])),
        },
      };
    },

    leakageFinder: () => createLeakageFinder(seen),
  };
}

/** @example profileDataset(rows).majorityShare */
export function profileDataset(rows: Iterable<ProfileRow>): DatasetProfile {
  const profiler = createProfiler();
  for (const row of rows) profiler.add(row);
  return profiler.profile();
}

/** @returns groups of labels that differ only by case, spaces or ё: one class written in several ways */
export function doubledLabels(labels: readonly string[]): string[][] {
  const byKey = new Map<string, string[]>();
  for (const label of labels) {
    const key = labelKey(label);
    byKey.set(key, [...(byKey.get(key) ?? []), label]);
  }
  return [...byKey.values()].filter((spellings) => spellings.length > 1);
}

function createRowsFound() {
  const rows: number[] = [];
  let count = 0;
  return {
    add: (row: number) => {
      count++;
      if (rows.length < EXAMPLES) rows.push(row);
    },
    found: (): RowsFound => ({ count, rows }),
  };
}
