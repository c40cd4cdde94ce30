/**
 * Words repeat from text to text, so what a word gives is worked out once for each. What is remembered are chunks:
 * what stands between two spaces, with its marks, in its own spelling. They are hashed and compared where they stand,
 * and all that is known of them lies in flat arrays: strings and objects would take longer than all else that is done
 * with a text, since each is somewhere else in memory.
 */
import { normalized, stemsOf, wordsOf } from './ngrams.ts';

/** How words become numbers. */
export interface Numbering {
  stem(stem: string): number;
  /** of one word's character n-grams; one that occurs twice stands twice */
  characters(word: string): readonly number[];
}

const MOST_CHUNKS = 200_000;
const SLOTS = 2 ** 19;
/** Longer ones are no words, and do not come again. */
const LONGEST_KEPT = 64;
const SPACE = 0x20;

/** Takes texts apart, and forgets all it knows when it knows too much. */
export class ChunkMemory {
  /** what chunks give, one after the other: the numbers of their stems, then those of their character n-grams */
  numbers = new Uint32Array(2 ** 16);
  /** by chunk, where in `numbers` its stems begin; one more than there are chunks */
  starts = new Uint32Array(2 ** 12);
  /** by chunk, where in `numbers` its stems end, and its characters begin */
  middles = new Uint32Array(2 ** 12);
  /** the chunks of the text that was read last, in their order */
  chunks = new Uint32Array(64);

  private size = 0;
  /** by hash, with linear probing: chunks, from 1; 0 is free */
  private readonly slots = new Uint32Array(SLOTS);
  /** the spellings of all chunks, and by chunk where its own begins */
  private letters = new Uint16Array(2 ** 14);
  private spellings = new Uint32Array(2 ** 12);
  private readonly numbering: Numbering;

  constructor(numbering: Numbering) {
    this.numbering = numbering;
  }

  /** For when the numbers change. */
  forget(): void {
    this.size = 0;
    this.slots.fill(0);
  }

  /** @returns how many `chunks` the text has */
  read(text: string): number {
    if (this.size > MOST_CHUNKS) this.forget();
    let count = 0;
    let start = 0;
    let hash = 0;
    for (let at = 0; at <= text.length; at++) {
      const code = at < text.length ? text.charCodeAt(at) : SPACE;
      if (code !== SPACE) {
        hash = Math.imul(hash ^ code, 0x9e3779b1);
        hash ^= hash >>> 16;
        continue;
      }
      if (at > start) {
        const chunk = this.chunkAt(text, start, at, hash);
        if (count === this.chunks.length) this.chunks = grown(this.chunks, count + 1);
        this.chunks[count++] = chunk;
      }
      start = at + 1;
      hash = 0;
    }
    return count;
  }

  private chunkAt(text: string, start: number, end: number, hash: number): number {
    const { slots } = this;
    let slot = hash & (SLOTS - 1);
    for (; slots[slot] !== 0; slot = (slot + 1) & (SLOTS - 1)) {
      const chunk = (slots[slot] as number) - 1;
      if (this.isSpelled(chunk, text, start, end)) return chunk;
    }
    const chunk = this.add(text.slice(start, end));
    if (end - start <= LONGEST_KEPT) slots[slot] = chunk + 1;
    return chunk;
  }

  private isSpelled(chunk: number, text: string, start: number, end: number): boolean {
    const { letters, spellings } = this;
    const from = spellings[chunk] as number;
    if ((spellings[chunk + 1] as number) - from !== end - start) return false;
    for (let i = start; i < end; i++) {
      if (letters[from + i - start] !== text.charCodeAt(i)) return false;
    }
    return true;
  }

  private add(text: string): number {
    const chunk = this.size++;
    const plain = normalized(text);
    const stems = stemsOf(plain).map(this.numbering.stem);
    const characters = wordsOf(plain).flatMap(this.numbering.characters);

    const start = chunk === 0 ? 0 : (this.starts[chunk] as number);
    const end = start + stems.length + characters.length;
    this.numbers = grown(this.numbers, end);
    this.numbers.set(stems, start);
    this.numbers.set(characters, start + stems.length);
    this.starts = grown(this.starts, chunk + 2);
    this.starts[chunk] = start;
    this.starts[chunk + 1] = end;
    this.middles = grown(this.middles, chunk + 1);
    this.middles[chunk] = start + stems.length;

    const spelling = chunk === 0 ? 0 : (this.spellings[chunk] as number);
    this.letters = grown(this.letters, spelling + text.length);
    for (let i = 0; i < text.length; i++) this.letters[spelling + i] = text.charCodeAt(i);
    this.spellings = grown(this.spellings, chunk + 2);
    this.spellings[chunk] = spelling;
    this.spellings[chunk + 1] = spelling + text.length;
    return chunk;
  }
}

/** @returns the array, or a larger one that begins with it */
function grown<T extends Uint32Array | Uint16Array>(array: T, needed: number): T {
  if (needed <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(Math.max(needed, 2 * array.length));
  larger.set(array);
  return larger;
}
