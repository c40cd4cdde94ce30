/**
 * The features that the training texts have, with their document frequencies. Memory stays bounded whatever the
 * texts: the rarest features so far are forgotten when too many are being counted.
 */
import { breathe } from '../breathe.ts';
import { ChunkMemory } from './chunk-memory.ts';
import { CHARACTER, characterNodes, type NgramRange, ngramNodes, WORD } from './ngrams.ts';
import { enlarged, ROOT, Trie } from './trie.ts';

export interface FeatureOptions {
  /** n-grams of words */
  readonly words: NgramRange;
  /** n-grams of characters */
  readonly characters: NgramRange;
  /** features that fewer texts have are left out */
  readonly minDocumentFrequency: number;
  /** the most frequent ones are kept */
  readonly maxFeatures: number;
}

export interface Vocabulary {
  readonly options: FeatureOptions;
  /** names by column: `w` and stems with spaces between them, or `c` and characters */
  readonly features: readonly string[];
  /** by column */
  readonly idf: Float32Array;
}

/** Called now and then with the number of texts done; throws to stop. */
export type OnTexts = (done: number) => void;

/** Texts worked on between two turns of the event loop: some tens of milliseconds. */
export const TEXTS_AT_ONCE = 1024;

/** n-grams, at 24 to 40 bytes each */
const MOST_COUNTED = 6_000_000;

/** Features stand in an order that depends on the texts alone. */
export async function learnVocabulary(
  texts: readonly string[],
  options: FeatureOptions,
  onTexts?: OnTexts,
  mostCounted = MOST_COUNTED,
): Promise<Vocabulary> {
  const counter = createCounter(options);
  let rarest = 1;
  for (const [row, text] of texts.entries()) {
    counter.add(text);
    for (; counter.size() > mostCounted; rarest++) {
      counter.forgetRare(rarest);
      if (counter.size() < mostCounted / 2) break;
    }
    if ((row + 1) % TEXTS_AT_ONCE === 0) {
      onTexts?.(row + 1);
      await breathe();
    }
  }
  const least = texts.length < 2 * options.minDocumentFrequency ? 1 : options.minDocumentFrequency;
  const kept = mostFrequent(counter, least, options.maxFeatures);
  kept.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    options,
    features: kept.map(({ name }) => name),
    // ln((1 + n) / (1 + df)) + 1: scikit-learn's smooth idf
    idf: Float32Array.from(kept, ({ count }) => Math.log((1 + texts.length) / (1 + count)) + 1),
  };
}

interface Feature {
  readonly name: string;
  /** in how many texts */
  readonly count: number;
}

/** @returns of equally frequent ones those that come first as strings */
function mostFrequent(counter: ReturnType<typeof createCounter>, least: number, most: number): Feature[] {
  // names are made only for those that may stay: most n-grams are in two texts or three
  const cut = counter.counts(least).sort().at(-most);
  if (cut === undefined) return counter.atLeast(least);
  const features = counter.atLeast(cut);
  const above = features.filter(({ count }) => count > cut);
  const equal = features.filter(({ count }) => count === cut).sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...above, ...equal.slice(0, most - above.length)];
}

/** Counts in how many texts each n-gram is. */
function createCounter(options: FeatureOptions) {
  const words = createTally();
  const characters = createTally();
  /** stems are numbered for good: there are far fewer than n-grams */
  const stems = new Map<string, number>();
  const memory = new ChunkMemory({
    stem: (stem) => {
      const number = stems.get(stem) ?? stems.size;
      stems.set(stem, number);
      return number;
    },
    characters: (word) => characterNodes(word, options.characters, characters.step),
  });
  let text = 0;

  return {
    size: () => words.trie.size + characters.trie.size,
    add: (content: string) => {
      text++;
      const count = memory.read(content);
      const { numbers, starts, middles, chunks } = memory;
      const sequence: number[] = [];
      for (let i = 0; i < count; i++) {
        const chunk = chunks[i] as number;
        const middle = middles[chunk] as number;
        for (let k = starts[chunk] as number; k < middle; k++) sequence.push(numbers[k] as number);
        for (let k = middle; k < (starts[chunk + 1] as number); k++)
          characters.see(numbers[k] as number, text);
      }
      for (const node of ngramNodes(sequence, options.words, words.step)) words.see(node, text);
    },
    /** those that no more texts have than `most` */
    forgetRare: (most: number) => {
      words.forgetRare(most);
      characters.forgetRare(most);
      memory.forget();
    },
    /** of those that at least so many texts have */
    counts: (least: number): Uint32Array => {
      const [a, b] = [words.counts(least), characters.counts(least)];
      const all = new Uint32Array(a.length + b.length);
      all.set(a);
      all.set(b, a.length);
      return all;
    },
    atLeast: (least: number): Feature[] => {
      const names = [...stems.keys()];
      return [
        ...words.atLeast(least, (path) => WORD + path.map((stem) => names[stem]).join(' ')),
        ...characters.atLeast(least, (path) => CHARACTER + String.fromCodePoint(...path)),
      ];
    },
  };
}

/** n-grams of one kind, with the number of texts that each is in. */
function createTally() {
  const trie = new Trie();
  let counts = new Uint32Array(1024);
  /** by node: the last text that has it, from 1 */
  let lastText = new Uint32Array(1024);

  return {
    trie,
    step: (node: number, symbol: number) => trie.add(node, symbol),
    see: (node: number, text: number) => {
      while (node >= counts.length) {
        counts = enlarged(counts);
        lastText = enlarged(lastText);
      }
      if (lastText[node] === text) return;
      lastText[node] = text;
      counts[node] = (counts[node] as number) + 1;
    },
    forgetRare: (most: number) => {
      trie.keep(
        (node) => (counts[node] ?? 0) > most,
        (from, to) => {
          counts[to] = counts[from] ?? 0;
        },
      );
      counts.fill(0, trie.size);
      lastText.fill(0);
    },
    counts: (least: number) => counts.subarray(0, trie.size).filter((count) => count >= least),
    atLeast: (least: number, nameOf: (path: number[]) => string): Feature[] => {
      const features: Feature[] = [];
      for (let node = ROOT + 1; node < trie.size; node++) {
        const count = counts[node] ?? 0;
        if (count >= least) features.push({ name: nameOf(trie.pathTo(node)), count });
      }
      return features;
    },
  };
}
