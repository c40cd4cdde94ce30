/**
 * Finding texts that are nearly the same, in near-linear time: MinHash signatures of character shingles, looked
 * up by bands (locality-sensitive hashing).
 * Reference: Broder 1997, "On the resemblance and containment of documents"; Leskovec et al., Mining of Massive
 * Datasets, chapter 3.
 */
import { createRandom } from '../random.ts';
import { withRoom } from './hash-index.ts';

/** 16 bands of 4: pairs of similarity 0.8 are found with 99.98 %, of 0.5 with 64 %, and told apart afterwards. */
const BANDS = 16;
const ROWS = 4;
/** A constant bounds the inner loops: reading a typed array's length there makes them five times slower in V8. */
const HASHES = BANDS * ROWS;
const SHINGLE = 5;
/** Characters, as normalised. Shorter ones («всё хорошо») are alike without being copies. */
export const LEAST_LENGTH = 25;
/** Of the table of buckets. */
const FULLEST = 0.7;

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
  /** @returns all of the texts added that are similar enough, as they are come upon */
  findAll(signature: Signature): NearDuplicate[];
  /** @param id from 0, of 32 bits */
  add(id: number, signature: Signature): void;
}

/** A bucket that everything falls into says nothing, and would take quadratic time. */
const MOST_IN_BUCKET = 50;

/** In typed arrays: 330 bytes a text, and 90 to 180 for the table of buckets. */
export function createNearDuplicateIndex(threshold = 0.8): NearDuplicateIndex {
  let size = 0;
  let ids = new Uint32Array(64);
  let signatures = new Uint32Array(64 * HASHES); // [texts, HASHES]
  // Texts that share a band are in a list, first come first. A place in it is a text's number × BANDS + band, + 1.
  let next = new Uint32Array(64 * BANDS); // [texts, BANDS] the place that follows, 0 at the end
  let heads = new Uint32Array(1024); // by hash of the band, open addressing
  let lists = 0;
  let askedIn = new Uint32Array(64); // by text, in which question it was last looked at
  let question = 0;

  /** The slot of a band's list, or the empty one where it would begin. */
  const slotOf = (signature: Signature, offset: number, band: number): number => {
    const mask = heads.length - 1;
    for (let slot = bandHash(signature, offset, band) & mask; ; slot = (slot + 1) & mask) {
      const place = (heads[slot] as number) - 1;
      if (place === -1) return slot;
      if (place % BANDS !== band) continue;
      const other = Math.floor(place / BANDS) * HASHES;
      let row = band * ROWS;
      const end = row + ROWS;
      while (row < end && signature[offset + row] === signatures[other + row]) row++;
      if (row === end) return slot;
    }
  };

  const rehash = () => {
    const old = heads;
    heads = new Uint32Array(old.length * 2);
    for (const place of old) {
      if (place === 0) continue;
      const [text, band] = [Math.floor((place - 1) / BANDS), (place - 1) % BANDS];
      heads[slotOf(signatures, text * HASHES, band)] = place;
    }
  };

  const append = (text: number, band: number) => {
    const slot = slotOf(signatures, text * HASHES, band);
    const place = text * BANDS + band + 1;
    if (heads[slot] === 0) {
      heads[slot] = place;
      lists++;
      return;
    }
    let last = heads[slot] as number;
    let length = 1;
    for (; next[last - 1] !== 0; length++) last = next[last - 1] as number;
    if (length < MOST_IN_BUCKET) next[last - 1] = place;
  };

  const findAll = (signature: Signature): NearDuplicate[] => {
    const found: NearDuplicate[] = [];
    question++;
    for (let band = 0; band < BANDS; band++) {
      let place = heads[slotOf(signature, 0, band)] as number;
      for (; place !== 0; place = next[place - 1] as number) {
        const text = Math.floor((place - 1) / BANDS);
        if (askedIn[text] === question) continue;
        askedIn[text] = question;
        const similarity = agreement(signature, signatures, text * HASHES);
        if (similarity >= threshold) found.push({ id: ids[text] as number, similarity });
      }
    }
    return found;
  };

  return {
    find: (signature) => {
      let nearest: NearDuplicate | undefined;
      for (const one of findAll(signature)) if (one.similarity > (nearest?.similarity ?? 0)) nearest = one;
      return nearest;
    },
    findAll,
    add: (id, signature) => {
      const text = size++;
      ids = withRoom(ids, text);
      askedIn = withRoom(askedIn, text);
      signatures = withRoom(signatures, text * HASHES);
      next = withRoom(next, text * BANDS);
      ids[text] = id;
      signatures.set(signature, text * HASHES);
      for (let band = 0; band < BANDS; band++) append(text, band);
      if (lists > heads.length * FULLEST) rehash();
    },
  };
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

/** Of a band's hashes in the signature that begins at `offset`. */
function bandHash(signatures: Uint32Array, offset: number, band: number): number {
  let hash = band + 1;
  for (let row = band * ROWS; row < band * ROWS + ROWS; row++)
    hash = Math.imul(hash ^ (signatures[offset + row] as number), 0x85ebca6b) ^ (hash >>> 13);
  return hash ^ (hash >>> 16);
}

function agreement(signature: Signature, signatures: Uint32Array, offset: number): number {
  let equal = 0;
  for (let n = 0; n < HASHES; n++) if (signature[n] === signatures[offset + n]) equal++;
  return equal / HASHES;
}
