/**
 * 64-bit hashes of texts, in two halves of 32 bits: what stands for a text where millions of them would not fit
 * into memory. MurmurHash3's mixing (x86_128, Austin Appleby) with two of its four lanes: four UTF-16 units at a
 * time, and no two texts that differ in four neighbouring units only have the same hash.
 *
 * Of n different texts any two have the same hash with a probability of about n² / 2⁶⁵: one in 1.5 million for
 * five million texts, one in 3,700 for a hundred million. Not for texts that somebody made to collide.
 */

/** [2] the low and the high half; reused by its owner, so that hashing allocates nothing. */
export type Hash = Uint32Array;

/** Hashes `text` from `start` to `end` into `hash`. @param seed other seeds are other hash functions */
export function hashText(hash: Hash, text: string, start = 0, end = text.length, seed = 0): void {
  let [low, high] = [seed | 0, seed ^ 0x9e3779b9];
  for (let at = start; at < end; at += 4) {
    low ^= scrambled(units(text, at, end), 0x239b961b, 15, 0xab0e9789);
    low = (Math.imul(rotated(low, 19) + high, 5) + 0x561ccd1b) | 0;
    high ^= scrambled(units(text, at + 2, end), 0xab0e9789, 16, 0x38b34ae5);
    high = (Math.imul(rotated(high, 17) + low, 5) + 0x0bcaa747) | 0;
  }
  low ^= end - start;
  high ^= end - start;
  low = (low + high) | 0;
  high = (high + low) | 0;
  low = finished(low);
  high = finished(high);
  low = (low + high) | 0;
  hash[0] = low;
  hash[1] = high + low;
}

/** Two UTF-16 units; nothing is 0, which the length tells from a NUL. */
function units(text: string, at: number, end: number): number {
  const first = at < end ? text.charCodeAt(at) : 0;
  return at + 1 < end ? first | (text.charCodeAt(at + 1) << 16) : first;
}

function scrambled(value: number, multiplier: number, rotation: number, other: number): number {
  return Math.imul(rotated(Math.imul(value, multiplier), rotation), other);
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function finished(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
