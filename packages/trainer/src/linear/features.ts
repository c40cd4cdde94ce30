/**
 * Texts as rows of a sparse matrix: TF-IDF of word stems with their pairs, and of character n-grams inside words. As
 * scikit-learn's TfidfVectorizer(sublinear_tf=True), each channel with a length of its own.
 */
import { vectorizerOf } from './vectorizer.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Rows of a sparse matrix, one after the other (CSR). */
export interface SparseRows {
  /** where each row begins in `indices` and `values`; one more than there are rows */
  readonly starts: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
  readonly columns: number;
}

/** Each row's indices ascend, which keeps what is near in memory near in time. */
export function vectorize(texts: readonly string[], vocabulary: Vocabulary): SparseRows {
  const vectorOf = vectorizerOf(vocabulary);
  const starts = new Uint32Array(texts.length + 1);
  let [indices, values] = [new Uint32Array(256 * texts.length), new Float32Array(256 * texts.length)];
  texts.forEach((text, row) => {
    const vector = vectorOf(text, ascending);
    const start = starts[row] as number;
    const end = start + vector.size;
    if (end > indices.length) {
      indices = enlarged(indices, 2 * end);
      values = enlarged(values, 2 * end);
    }
    indices.set(vector.indices.subarray(0, vector.size), start);
    values.set(vector.values.subarray(0, vector.size), start);
    starts[row + 1] = end;
  });
  const end = starts[texts.length] as number;
  return {
    starts,
    indices: indices.slice(0, end),
    values: values.slice(0, end),
    columns: vocabulary.idf.length,
  };
}

function ascending(indices: Uint32Array): void {
  indices.sort();
}

function enlarged<T extends Uint32Array | Float32Array>(array: T, length: number): T {
  const larger = new (array.constructor as new (length: number) => T)(length);
  larger.set(array);
  return larger;
}
