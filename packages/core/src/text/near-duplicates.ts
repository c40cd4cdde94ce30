/**
 * Finding texts that are nearly the same, in near-linear time: MinHash signatures of character shingles, looked
 * up by bands (locality-sensitive hashing).
 * Reference: Broder 1997, "On the resemblance and containment of documents"; Leskovec et al., Mining of Massive
 * Datasets, chapter 3.
 */
import { createRandom } from '../random.ts';

/** 16 bands of 4: pairs of similarity 0.8 are found with 99.98 %, of 0.5 with 64 %, and told apart afterwards. */
const BANDS = 16;
const ROWS = 4;
/** A constant bounds the inner loops: reading a typed array's length there makes them five times slower in V8. */
const HASHES = BANDS * ROWS;
const SHINGLE = 5;
/** Shorter ones («всё хорошо») are alike without being copies. */
const LEAST_LENGTH = 25;

export interface NearDuplicate {
  readonly id: number;
  /** estimated share of common shingles (Jaccard) */
  readonly similarity: number;
}

/** What of a text is compared: [HASHES] the least hashes of its shingles. */
export type Signature = Uint32Array;

export interface NearDuplicateIndex {
  /** @returns the most similar of the texts added, if any is similar enough */
  find(signature: Signature): NearDuplicate | undefined;
  add(id: number, signature: Signature): void;
}

export function createNearDuplicateIndex(threshold = 0.8): NearDuplicateIndex {
  const buckets = new Map<number, number[]>();
  const signatures = new Map<number, Signature>();
  return {
    find: (signature) => {
      let best: NearDuplicate | undefined;
      const seen = new Set<number>();
      for (const key of bandKeys(signature)) {
        for (const id of buckets.get(key) ?? []) {
          if (seen.has(id)) continue;
          seen.add(id);
          const similarity = agreement(signature, signatures.get(id) as Signature);
          if (similarity >= threshold && similarity > (best?.similarity ?? 0)) best = { id, similarity };
        }
      }
      return best;
    },
    add: (id, signature) => {
      signatures.set(id, signature);
      for (const key of bandKeys(signature)) {
        const bucket = buckets.get(key);
        if (bucket === undefined) buckets.set(key, [id]);
        // a bucket that everything falls into says nothing, and would take quadratic time
        else if (bucket.length < MOST_IN_BUCKET) bucket.push(id);
      }
    },
  };
}

const MOST_IN_BUCKET = 50;

/** What two spellings of one text have in common: letters and digits only, in lower case, ё as е. */
export function normalizedForComparison(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/ё/g, 'е')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** @param normal a text as `normalizedForComparison` gives it @returns nothing for one too short to compare */
export function minHash(normal: string): Signature | undefined {
  if (normal.length < LEAST_LENGTH) return undefined;
  const signature = new Uint32Array(HASHES).fill(0xffffffff);
  for (let i = 0; i + SHINGLE <= normal.length; i++) {
    let hash = 0x811c9dc5; // FNV-1a
    for (let k = i; k < i + SHINGLE; k++) hash = Math.imul(hash ^ normal.charCodeAt(k), 0x01000193);
    for (let n = 0; n < HASHES; n++) {
      const value = Math.imul(hash ^ (hash >>> 15), MULTIPLIERS[n] as number) >>> 0;
      if (value < (signature[n] as number)) signature[n] = value;
    }
  }
  return signature;
}

/**
 * Odd 32-bit numbers: one hash function each. Drawn, not counted out: of the multiples of one number, many have
 * their least value at the same shingle, and the estimate then wavers as if there were fewer of them.
 */
const random = createRandom(0, 'min-hash');
const MULTIPLIERS = Uint32Array.from({ length: HASHES }, () => random.integer(2 ** 32) | 1);

function* bandKeys(signature: Signature): Generator<number> {
  for (let band = 0; band < BANDS; band++) {
    let key = band + 1;
    for (let row = 0; row < ROWS; row++)
      key = Math.imul(key ^ (signature[band * ROWS + row] as number), 0x85ebca6b) ^ (key >>> 13);
    yield (key >>> 0) * BANDS + band;
  }
}

function agreement(a: Signature, b: Signature): number {
  let equal = 0;
  for (let n = 0; n < HASHES; n++) if (a[n] === b[n]) equal++;
  return equal / HASHES;
}
