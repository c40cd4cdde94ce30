/**
 * What is in a data set: a first look, and the faults that spoil a training before it begins. Rows are added one
 * by one, so that a file of any length can pass through.
 */
import { labelKey } from '../labels/encoder.ts';
import { createLengths, type LengthSummary } from './lengths.ts';
import { createNearDuplicateIndex, minHash, normalizedForComparison } from './near-duplicates.ts';
import { createTokenCounts, type TokenCount } from './token-counts.ts';

/** One row of a data set; without a label where it has none. */
export interface ProfileRow {
  readonly text: string;
  readonly label?: string | undefined;
  /** of the data, from 1 */
  readonly row: number;
}

export interface RepeatedText {
  readonly text: string;
  readonly rows: readonly number[];
  readonly labels: readonly string[];
}

/** What is in a data set, and what is wrong with it. */
export interface DatasetProfile {
  readonly rows: number;
  /** rows without a text */
  readonly emptyTexts: RowsFound;
  readonly missingLabels: RowsFound;
  readonly words: LengthSummary;
  readonly characters: LengthSummary;
  /** by descending count */
  readonly classes: readonly { readonly label: string; readonly count: number; readonly share: number }[];
  /** Accuracy of always answering the largest class. */
  readonly majorityShare: number;
  /** Labels that differ only by case, spaces or ё: one class written in several ways. */
  readonly doubledLabels: readonly (readonly string[])[];
  readonly duplicates: {
    readonly texts: number;
    readonly surplusRows: number;
    readonly examples: readonly RepeatedText[];
  };
  /** Equal texts that carry different labels: at most one of them is right. */
  readonly conflicts: { readonly texts: number; readonly examples: readonly RepeatedText[] };
  readonly nearDuplicates: {
    readonly pairs: number;
    readonly examples: readonly {
      readonly row: number;
      readonly otherRow: number;
      readonly similarity: number;
    }[];
    /** Rows that were compared: later ones of very large files are not. */
    readonly comparedRows: number;
  };
  readonly topTokens: readonly TokenCount[];
  readonly topTokensByClass: Readonly<Record<string, readonly TokenCount[]>>;
}

export interface RowsFound {
  readonly count: number;
  /** the first of them */
  readonly rows: readonly number[];
}

/** Takes rows, and tells at the end, or at any time, what it has seen. */
export interface Profiler {
  add(row: ProfileRow): void;
  profile(): DatasetProfile;
}

const EXAMPLES = 5;
const MOST_COMPARED = 200_000;
const TOP_TOKENS = 20;
const TOP_TOKENS_BY_CLASS = 8;

interface Seen {
  readonly text: string;
  count: number;
  readonly rows: number[];
  readonly labels: Set<string>;
}

/** For rows that come one by one, as from a file; `profileDataset` for those that are all there. */
export function createProfiler(): Profiler {
  const words = createLengths();
  const characters = createLengths();
  const labels = new Map<string, number>();
  const texts = new Map<string, Seen>();
  const tokens = createTokenCounts();
  const tokensByClass = new Map<string, ReturnType<typeof createTokenCounts>>();
  const near = createNearDuplicateIndex();
  const nearExamples: { row: number; otherRow: number; similarity: number }[] = [];
  const emptyTexts = createRowsFound();
  const missingLabels = createRowsFound();
  let [rows, labelled, nearPairs, compared] = [0, 0, 0, 0];

  const addLabel = (label: string | undefined, row: number) => {
    if (label === undefined) return;
    if (label.trim() === '') return missingLabels.add(row);
    labelled++;
    labels.set(label, (labels.get(label) ?? 0) + 1);
  };

  const addText = (text: string, label: string | undefined, row: number) => {
    const normal = normalizedForComparison(text);
    const key = normal || text.trim();
    const seen = texts.get(key);
    if (seen !== undefined) {
      seen.count++;
      if (seen.rows.length < EXAMPLES) seen.rows.push(row);
      if (label) seen.labels.add(label);
      return;
    }
    texts.set(key, { text, count: 1, rows: [row], labels: new Set(label ? [label] : []) });
    if (compared >= MOST_COMPARED) return;
    compared++;
    const signature = minHash(normal);
    if (signature === undefined) return;
    const twin = near.find(signature);
    if (twin !== undefined) {
      nearPairs++;
      if (nearExamples.length < EXAMPLES)
        nearExamples.push({ row, otherRow: twin.id, similarity: twin.similarity });
    }
    near.add(row, signature);
  };

  return {
    add: ({ text, label, row }) => {
      rows++;
      addLabel(label, row);
      if (text.trim() === '') return emptyTexts.add(row);
      words.add(text.trim().split(/\s+/u).length);
      characters.add([...text].length);
      tokens.add(text);
      if (label) {
        const own = tokensByClass.get(label) ?? createTokenCounts();
        tokensByClass.set(label, own);
        own.add(text);
      }
      addText(text, label, row);
    },

    profile: () => {
      const repeated = [...texts.values()].filter(({ count }) => count > 1).sort((a, b) => b.count - a.count);
      const conflicting = repeated.filter((seen) => seen.labels.size > 1);
      const classes = [...labels]
        .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
        .map(([label, count]) => ({ label, count, share: count / labelled }));
      return {
        rows,
        emptyTexts: emptyTexts.found(),
        missingLabels: missingLabels.found(),
        words: words.summary(),
        characters: characters.summary(),
        classes,
        majorityShare: classes[0]?.share ?? 0,
        doubledLabels: doubledLabels([...labels.keys()]),
        duplicates: {
          texts: repeated.length,
          surplusRows: repeated.reduce((sum, { count }) => sum + count - 1, 0),
          examples: repeated.slice(0, EXAMPLES).map(repeatedText),
        },
        conflicts: { texts: conflicting.length, examples: conflicting.slice(0, EXAMPLES).map(repeatedText) },
        nearDuplicates: { pairs: nearPairs, examples: nearExamples, comparedRows: compared },
        topTokens: tokens.top(TOP_TOKENS),
        topTokensByClass: Object.fromEntries(
          classes.map(({ label }) => [label, tokensByClass.get(label)?.top(TOP_TOKENS_BY_CLASS) ?? []]),
        ),
      };
    },
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

function repeatedText({ text, rows, labels }: Seen): RepeatedText {
  return { text, rows, labels: [...labels].sort() };
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
