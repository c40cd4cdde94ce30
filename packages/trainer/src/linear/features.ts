/**
 * Texts as sparse vectors: TF-IDF of word stems with their pairs, and of character n-grams inside words. As
 * scikit-learn's TfidfVectorizer(sublinear_tf=True), with a stemming tokeniser and with analyzer "char_wb".
 */
import { stem } from './stem.ts';

/** Rows of a sparse matrix, one after the other (CSR). */
export interface SparseRows {
  /** where each row begins in `indices` and `values`; one more than there are rows */
  readonly starts: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
  readonly columns: number;
}

export interface FeatureOptions {
  /** n-grams of words, lengths from … to */
  readonly words: readonly [number, number];
  /** n-grams of characters, lengths from … to */
  readonly characters: readonly [number, number];
  /** features that fewer texts have are left out */
  readonly minDocumentFrequency: number;
  /** the most frequent ones are kept, so that memory stays bounded whatever the texts */
  readonly maxFeatures: number;
}

export interface Vocabulary {
  readonly options: FeatureOptions;
  /** feature to column */
  readonly columns: ReadonlyMap<string, number>;
  /** by column */
  readonly idf: Float32Array;
}

/** @returns the features of a text, words first; a feature that occurs twice stands twice */
export function* featuresOf(text: string, { words, characters }: FeatureOptions): Generator<string> {
  yield* wordFeatures(text, words);
  for (const word of spacedWords(text)) yield* characterFeatures(` ${word} `, characters);
}

/** Words and characters are told apart by what stands first. */
const WORD = 'w';
const CHARACTER = 'c';

/** The length of each channel's vector: characters tell a little more than words in typing as free as reviews'. */
const CHANNEL_NORM = { words: 1, characters: 1.5 } as const;

function* wordFeatures(text: string, [from, to]: readonly [number, number]): Generator<string> {
  const tokens = (normalized(text).match(/[\p{L}\p{N}_]{2,}/gu) ?? []).map(stem);
  for (let n = from; n <= to; n++) {
    for (let i = 0; i + n <= tokens.length; i++) yield WORD + tokens.slice(i, i + n).join(' ');
  }
}

function spacedWords(text: string): string[] {
  return normalized(text)
    .split(/\s+/u)
    .filter((word) => word !== '');
}

/** As scikit-learn's char_wb: a word shorter than n counts once, whole. */
function* characterFeatures(padded: string, [from, to]: readonly [number, number]): Generator<string> {
  const characters = [...padded];
  for (let n = from; n <= to; n++) {
    if (n >= characters.length) {
      yield CHARACTER + padded;
      return;
    }
    for (let i = 0; i + n <= characters.length; i++) yield CHARACTER + characters.slice(i, i + n).join('');
  }
}

/** Learned from the training texts, in an order that depends on them alone. */
export function learnVocabulary(texts: readonly string[], options: FeatureOptions): Vocabulary {
  const frequency = new Map<string, number>();
  let rarest = 1;
  for (const text of texts) {
    for (const feature of new Set(featuresOf(text, options)))
      frequency.set(feature, (frequency.get(feature) ?? 0) + 1);
    // the rarest so far are forgotten before the table outgrows what a Map can hold
    for (; frequency.size > MOST_COUNTED; rarest++) {
      for (const [feature, count] of frequency) if (count <= rarest) frequency.delete(feature);
      if (frequency.size < MOST_COUNTED / 2) break;
    }
  }
  const least = texts.length < 2 * options.minDocumentFrequency ? 1 : options.minDocumentFrequency;
  const kept = [...frequency].filter(([, count]) => count >= least);
  if (kept.length > options.maxFeatures) {
    kept.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    kept.length = options.maxFeatures;
  }
  kept.sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    options,
    columns: new Map(kept.map(([feature], column) => [feature, column])),
    // ln((1 + n) / (1 + df)) + 1: scikit-learn's smooth idf
    idf: Float32Array.from(kept, ([, count]) => Math.log((1 + texts.length) / (1 + count)) + 1),
  };
}

/** A Map of V8 holds 2²⁴ entries. */
const MOST_COUNTED = 10_000_000;

export function vectorize(texts: readonly string[], vocabulary: Vocabulary): SparseRows {
  const starts = new Uint32Array(texts.length + 1);
  let indices = new Uint32Array(64 * texts.length);
  let values = new Float32Array(indices.length);
  let filled = 0;
  const vectorOf = vectorizerOf(vocabulary);
  texts.forEach((text, row) => {
    const vector = vectorOf(text);
    if (filled + vector.length > indices.length) {
      indices = enlarged(indices, filled + vector.length);
      values = enlarged(values, filled + vector.length);
    }
    for (const [column, value] of vector) {
      indices[filled] = column;
      values[filled++] = value;
    }
    starts[row + 1] = filled;
  });
  return {
    starts,
    indices: indices.subarray(0, filled),
    values: values.subarray(0, filled),
    columns: vocabulary.idf.length,
  };
}

/** Arrays of the language hold about a hundred million numbers, which 400,000 reviews have: these hold more. */
function enlarged<T extends Uint32Array | Float32Array>(array: T, needed: number): T {
  const larger = new (array.constructor as new (length: number) => T)(Math.max(needed, 2 * array.length));
  larger.set(array);
  return larger;
}

type Vectorizer = (text: string) => [number, number][];

/** A file is answered in many blocks, with one memory for words. */
const vectorizers = new WeakMap<Vocabulary, Vectorizer>();

function vectorizerOf(vocabulary: Vocabulary): Vectorizer {
  const vectorizer = vectorizers.get(vocabulary) ?? createVectorizer(vocabulary);
  vectorizers.set(vocabulary, vectorizer);
  return vectorizer;
}

/**
 * Texts to vectors, one after the other. Words repeat from text to text, so what their characters give is worked out
 * once for each.
 */
function createVectorizer({ columns, idf, options }: Vocabulary): Vectorizer {
  const counts = new Uint16Array(columns.size);
  const ofWord = new Map<string, Uint32Array>();

  const characterColumns = (word: string): Uint32Array => {
    const known = ofWord.get(word);
    if (known !== undefined) return known;
    if (ofWord.size >= MOST_WORDS) ofWord.clear();
    const found = Uint32Array.from(
      [...characterFeatures(` ${word} `, options.characters)].flatMap(
        (feature) => columns.get(feature) ?? [],
      ),
    );
    ofWord.set(word, found);
    return found;
  };

  /** Counts columns, and gives them weights, as a vector of the length that its channel has. */
  const channel = (found: Iterable<number>, norm: number): [number, number][] => {
    const touched: number[] = [];
    for (const column of found) {
      if (counts[column] === 0) touched.push(column);
      counts[column] = Math.min(65_535, (counts[column] as number) + 1);
    }
    let squares = 0;
    const entries = touched.map((column): [number, number] => {
      const value = (1 + Math.log(counts[column] as number)) * (idf[column] as number);
      counts[column] = 0;
      squares += value * value;
      return [column, value];
    });
    const length = Math.sqrt(squares) / norm;
    for (const entry of entries) entry[1] /= length;
    return entries;
  };

  return (text) => {
    const words: number[] = [];
    for (const feature of wordFeatures(text, options.words)) {
      const column = columns.get(feature);
      if (column !== undefined) words.push(column);
    }
    const characters: number[] = [];
    for (const word of spacedWords(text))
      for (const column of characterColumns(word)) characters.push(column);
    return [...channel(words, CHANNEL_NORM.words), ...channel(characters, CHANNEL_NORM.characters)].sort(
      ([a], [b]) => a - b,
    );
  };
}

/** Words whose features are remembered. */
const MOST_WORDS = 200_000;

function normalized(text: string): string {
  return text.toLowerCase().replace(/ё/g, 'е');
}
