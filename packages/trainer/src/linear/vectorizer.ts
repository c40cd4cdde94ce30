/**
 * Texts to sparse vectors, one after the other. All that is looked up or counted for each n-gram of each text happens
 * in flat arrays here, without objects or strings: a review has three hundred.
 */
import { ChunkMemory } from './chunk-memory.ts';
import { indexNgrams, NO_COLUMN, UNKNOWN_STEM } from './ngram-index.ts';
import { NONE, ROOT } from './trie.ts';
import type { Vocabulary } from './vocabulary.ts';

/** One row, the first `size` numbers of arrays that the next one overwrites. */
export interface SparseVector {
  indices: Uint32Array;
  values: Float32Array;
  size: number;
  /** how many words the text has, and how many of them no feature knows */
  words: number;
  unknownWords: number;
}

/** The length of each channel's vector: characters tell a little more than words in typing as free as reviews'. */
const CHANNEL_NORM = { words: 1, characters: 1.5 } as const;

/** @param order is given the indices of each channel, to put them in order */
export type Vectorizer = (text: string, order?: (indices: Uint32Array) => void) => SparseVector;

/** A file is answered in many blocks, with one memory for words. */
const vectorizers = new WeakMap<Vocabulary, Vectorizer>();

export function vectorizerOf(vocabulary: Vocabulary): Vectorizer {
  const vectorizer = vectorizers.get(vocabulary) ?? createVectorizer(vocabulary);
  vectorizers.set(vocabulary, vectorizer);
  return vectorizer;
}

function createVectorizer({ features, idf, options }: Vocabulary): Vectorizer {
  const { stemNumber, words, characterColumns } = indexNgrams(features, options);
  const memory = new ChunkMemory({ stem: stemNumber, characters: characterColumns });
  /** how often the text at hand has each feature; all zero between texts */
  const counts = new Uint32Array(features.length);
  /** the stems of the text at hand */
  let sequence = new Uint32Array(64);
  const vector: SparseVector = {
    ...{ indices: new Uint32Array(1024), values: new Float32Array(1024), size: 0 },
    ...{ words: 0, unknownWords: 0 },
  };

  /** What was counted since `start` gets its weights, as a vector of the length that the channel has. */
  const weigh = (start: number, norm: number) => {
    const { indices, values, size } = vector;
    let squares = 0;
    for (let i = start; i < size; i++) {
      const column = indices[i] as number;
      const value = sublinear(counts[column] as number) * (idf[column] as number);
      counts[column] = 0;
      values[i] = value;
      squares += value * value;
    }
    const scale = norm / Math.sqrt(squares);
    for (let i = start; i < size; i++) values[i] = (values[i] as number) * scale;
  };

  return (text, order) => {
    const chunkCount = memory.read(text);
    const { numbers, starts, middles, chunks } = memory;
    let most = 0;
    for (let i = 0; i < chunkCount; i++) {
      const chunk = chunks[i] as number;
      most += ((starts[chunk + 1] as number) - (starts[chunk] as number)) * options.words[1];
    }
    if (most > vector.indices.length) {
      vector.indices = new Uint32Array(2 * most);
      vector.values = new Float32Array(2 * most);
    }
    if (most > sequence.length) sequence = new Uint32Array(2 * most);

    const { indices } = vector;
    let size = 0;
    let length = 0;
    let unknown = 0;
    for (let i = 0; i < chunkCount; i++) {
      const chunk = chunks[i] as number;
      const middle = middles[chunk] as number;
      const end = starts[chunk + 1] as number;
      for (let k = starts[chunk] as number; k < middle; k++) {
        const stem = numbers[k] as number;
        if (stem === UNKNOWN_STEM) unknown++;
        sequence[length++] = stem;
      }
      for (let k = middle; k < end; k++) {
        const column = numbers[k] as number;
        const count = counts[column] as number;
        if (count === 0) indices[size++] = column;
        counts[column] = count + 1;
      }
    }
    vector.size = size;
    order?.(indices.subarray(0, size));
    weigh(0, CHANNEL_NORM.characters);

    const characterSize = size;
    for (let start = 0; start < length; start++) {
      let node = ROOT;
      for (let at = start; at < length; at++) {
        node = words.trie.find(node, sequence[at] as number);
        if (node === NONE) break;
        const column = words.columns[node] as number;
        if (column === NO_COLUMN) continue;
        const count = counts[column] as number;
        if (count === 0) indices[size++] = column;
        counts[column] = count + 1;
      }
    }
    vector.size = size;
    vector.words = length;
    vector.unknownWords = unknown;
    order?.(indices.subarray(characterSize, size));
    weigh(characterSize, CHANNEL_NORM.words);
    return vector;
  };
}

/** 1 + ln of a count, by a table for those that occur. */
const SUBLINEAR = Float64Array.from({ length: 64 }, (_, count) => 1 + Math.log(count));

function sublinear(count: number): number {
  return count < SUBLINEAR.length ? (SUBLINEAR[count] as number) : 1 + Math.log(count);
}
