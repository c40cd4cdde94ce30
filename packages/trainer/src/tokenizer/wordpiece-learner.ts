/**
 * A WordPiece vocabulary learned from texts: byte-pair merging over words, the most frequent pair first, pieces
 * inside a word marked with ## — what the `tokenizers` library's WordPieceTrainer does. Deterministic: ties go
 * to the pair that comes first in code-unit order.
 */
import { PairQueue } from './pair-queue.ts';

export const SPECIAL_TOKENS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

/** How large a vocabulary to learn, and how texts are normalised for it. */
export interface LearnerOptions {
  /** tokens in all, special ones included */
  readonly size: number;
  readonly lowercase: boolean;
  /** ё as е */
  readonly foldYo: boolean;
}

/** Characters beyond the most frequent ones become [UNK]: they are rare emoji and other scripts. */
const MOST_CHARACTERS = 1000;
/** A piece seen once teaches nothing. */
const LEAST_FREQUENCY = 2;

interface Word {
  readonly pieces: string[];
  readonly count: number;
}

/** @returns the vocabulary, by token id */
export function learnWordPieces(texts: readonly string[], options: LearnerOptions): string[] {
  const words = splitWords(countWords(texts, options));
  const vocabulary = new Set<string>([...SPECIAL_TOKENS, ...alphabet(words)]);
  const { counts, places } = countPairs(words);
  const queue = new PairQueue(counts);

  while (vocabulary.size < options.size) {
    const pair = queue.takeMostFrequent(LEAST_FREQUENCY);
    if (pair === undefined) break;
    const [left, right] = pair.split(' ') as [string, string];
    const merged = left + right.slice(2);
    vocabulary.add(merged);
    const changed = new Set<string>();
    for (const index of places.get(pair) ?? []) {
      const word = words[index] as Word;
      for (const [key, change] of mergeInWord(word, left, right, merged)) {
        counts.set(key, (counts.get(key) ?? 0) + change);
        changed.add(key);
        if (change > 0) addPlace(places, key, index);
      }
    }
    places.delete(pair);
    counts.delete(pair);
    changed.delete(pair);
    for (const key of changed) queue.update(key);
  }
  return [...vocabulary];
}

/** What BertNormalizer removes: control, format and unassigned characters, but not those that are white space. */
const REMOVED = /[[\p{C}\ufffd]--[\t\n\r]]/gv;
/** Punctuation marks and ideographs stand alone; white space separates. */
const WORDS = /[!-/:-@[-`{-~\p{P}]|\p{Ideographic}|[^\s!-/:-@[-`{-~\p{P}\p{Ideographic}]+/gu;
/** Longer words are [UNK] to the tokenizer, whatever was learned from them. */
const LONGEST_WORD = 100;

/** Words as BERT's normaliser and pre-tokeniser leave them. */
function countWords(texts: readonly string[], { lowercase, foldYo }: LearnerOptions): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    let normal = text.normalize('NFC').replace(REMOVED, '');
    if (lowercase) normal = normal.toLowerCase();
    if (foldYo) normal = normal.replace(/ё/g, 'е').replace(/Ё/g, 'Е');
    for (const [word] of normal.matchAll(WORDS)) {
      if (word.length <= LONGEST_WORD) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}

function splitWords(counts: ReadonlyMap<string, number>): Word[] {
  return [...counts].map(([word, count]) => ({
    pieces: [...word].map((character, i) => (i === 0 ? character : `##${character}`)),
    count,
  }));
}

/** Single characters, at the beginning of a word and inside it, the frequent ones; sorted. */
function alphabet(words: readonly Word[]): string[] {
  const counts = new Map<string, number>();
  for (const { pieces, count } of words) {
    for (const piece of pieces) {
      const character = piece.replace(/^##(?=.)/u, '');
      counts.set(character, (counts.get(character) ?? 0) + count);
    }
  }
  const frequent = new Set(
    [...counts]
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, MOST_CHARACTERS)
      .map(([character]) => character),
  );
  const pieces = new Set(words.flatMap((word) => word.pieces));
  return [...pieces].filter((piece) => frequent.has(piece.replace(/^##(?=.)/u, ''))).sort();
}

function countPairs(words: readonly Word[]) {
  const counts = new Map<string, number>();
  const places = new Map<string, Set<number>>();
  words.forEach(({ pieces, count }, index) => {
    for (let i = 0; i + 1 < pieces.length; i++) {
      const key = `${pieces[i]} ${pieces[i + 1]}`;
      counts.set(key, (counts.get(key) ?? 0) + count);
      addPlace(places, key, index);
    }
  });
  return { counts, places };
}

/** Merges the pair wherever it stands in the word. @returns by how much the count of each pair changes */
function* mergeInWord(
  { pieces, count }: Word,
  left: string,
  right: string,
  merged: string,
): Generator<[string, number]> {
  for (let i = 0; i + 1 < pieces.length; i++) {
    if (pieces[i] !== left || pieces[i + 1] !== right) continue;
    const before = pieces[i - 1];
    const after = pieces[i + 2];
    yield [`${left} ${right}`, -count];
    if (before !== undefined) {
      yield [`${before} ${left}`, -count];
      yield [`${before} ${merged}`, count];
    }
    if (after !== undefined) {
      yield [`${right} ${after}`, -count];
      yield [`${merged} ${after}`, count];
    }
    pieces.splice(i, 2, merged);
  }
}

function addPlace(places: Map<string, Set<number>>, key: string, index: number): void {
  const known = places.get(key);
  if (known === undefined) places.set(key, new Set([index]));
  else known.add(index);
}
