/** The features of a vocabulary, as paths of tries with their columns at the ends. */
import { CHARACTER, characterNodes, WORD } from './ngrams.ts';
import { ROOT, Trie } from './trie.ts';
import type { FeatureOptions } from './vocabulary.ts';

/** n-grams of one kind. */
export interface NgramIndex {
  readonly trie: Trie;
  /** by node; NO_COLUMN where no feature ends */
  readonly columns: Int32Array;
}

export const NO_COLUMN = -1;
/** Leads nowhere. */
export const UNKNOWN_STEM = 2 ** 32 - 1;

export interface VocabularyIndex {
  stemNumber(stem: string): number;
  /** paths of stem numbers */
  readonly words: NgramIndex;
  /** @returns the columns of a word's character n-grams; one that occurs twice stands twice */
  characterColumns(word: string): number[];
}

export function indexNgrams(features: readonly string[], options: FeatureOptions): VocabularyIndex {
  const stems = new Map<string, number>();
  const numberOf = (stem: string): number => {
    const number = stems.get(stem) ?? stems.size;
    stems.set(stem, number);
    return number;
  };
  const words = indexOf(features, WORD, (name) => name.split(' ').map(numberOf));
  const characters = indexOf(features, CHARACTER, (name) =>
    Array.from(name, (character) => character.codePointAt(0) as number),
  );
  const find = (node: number, symbol: number) => characters.trie.find(node, symbol);
  return {
    stemNumber: (stem) => stems.get(stem) ?? UNKNOWN_STEM,
    words,
    characterColumns: (word) =>
      characterNodes(word, options.characters, find)
        .map((node) => characters.columns[node] as number)
        .filter((column) => column !== NO_COLUMN),
  };
}

function indexOf(
  features: readonly string[],
  channel: string,
  pathOf: (name: string) => readonly number[],
): NgramIndex {
  const trie = new Trie();
  const ends = features.map((feature) =>
    feature.startsWith(channel)
      ? pathOf(feature.slice(channel.length)).reduce((node, symbol) => trie.add(node, symbol), ROOT)
      : ROOT,
  );
  const columns = new Int32Array(trie.size).fill(NO_COLUMN);
  ends.forEach((node, column) => {
    if (node !== ROOT) columns[node] = column;
  });
  return { trie, columns };
}
