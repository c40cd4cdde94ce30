/** What a first look at a data set finds: figures, and the faults that spoil a training before it begins. */
import type { LengthSummary } from './lengths.ts';
import type { TokenCount } from './token-counts.ts';

/** One row of a data set; without a label where it has none. */
export interface ProfileRow {
  readonly text: string;
  readonly label?: string | undefined;
  /** of the data, from 1 */
  readonly row: number;
}

/** A text that stands more than once: the same but for case, ё and punctuation. */
export interface RepeatedText {
  /** as one of its rows spells it */
  readonly text: string;
  readonly count: number;
  /** the first of them */
  readonly rows: readonly number[];
  /** sorted; of very many the first hundred */
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
  /** texts that differ by more than case, ё and punctuation; by their 64-bit hashes, see `hash.ts` */
  readonly distinctTexts: number;
  /** by descending count; of very many different labels those met first, see `uncountedLabels` */
  readonly classes: readonly { readonly label: string; readonly count: number; readonly share: number }[];
  /** Accuracy of always answering the largest class. */
  readonly majorityShare: number;
  /**
   * Rows with labels that came when there were too many different ones to count: such a column holds no classes. For
   * `conflicts` all these labels are one.
   */
  readonly uncountedLabels: RowsFound;
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
    /** Rows that were compared, the first of each text: later ones of very large files are not. */
    readonly comparedRows: number;
    /** Whether these are all, so that `pairs` is complete. */
    readonly isComplete: boolean;
  };
  readonly topTokens: readonly TokenCount[];
  readonly topTokensByClass: Readonly<Record<string, readonly TokenCount[]>>;
  /** How much too low counts of words may be, among very many different ones; 0: they are exact. */
  readonly topTokensError: { readonly all: number; readonly byClass: Readonly<Record<string, number>> };
}

export interface RowsFound {
  readonly count: number;
  /** the first of them */
  readonly rows: readonly number[];
}
