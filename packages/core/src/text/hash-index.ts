/**
 * A set of 64-bit hashes that numbers its members in the order they come, so that whatever is known of them lies in
 * plain columns beside it. Open addressing with linear probing in typed arrays: 8 bytes for a hash and 6 to 11 for
 * its slot, none of them the garbage collector's business, and no end at 2²⁴ members as a Map of V8 has.
 */
import type { Hash } from './hash.ts';

export interface HashIndex {
  size(): number;
  /** @returns the number of a member, -1 for what is none */
  find(hash: Hash): number;
  /** @returns the number it has or, now as the last member, gets */
  add(hash: Hash): number;
}

const FIRST_SLOTS = 2 ** 10;
const FULLEST = 0.7;

export function createHashIndex(): HashIndex {
  let low = new Uint32Array(FIRST_SLOTS);
  let high = new Uint32Array(FIRST_SLOTS);
  let slots = new Uint32Array(FIRST_SLOTS); // a member's number + 1
  let size = 0;

  /** Where it is, or would be. */
  const slotOf = (hash: Hash): number => {
    const [first, second] = [hash[0] as number, hash[1] as number];
    const mask = slots.length - 1;
    for (let slot = first & mask; ; slot = (slot + 1) & mask) {
      const member = (slots[slot] as number) - 1;
      if (member === -1 || (low[member] === first && high[member] === second)) return slot;
    }
  };

  const rehash = () => {
    slots = new Uint32Array(slots.length * 2);
    const mask = slots.length - 1;
    for (let member = 0; member < size; member++) {
      let slot = (low[member] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = member + 1;
    }
  };

  return {
    size: () => size,
    find: (hash) => (slots[slotOf(hash)] as number) - 1,
    add: (hash) => {
      const slot = slotOf(hash);
      if (slots[slot] !== 0) return (slots[slot] as number) - 1;
      low = withRoom(low, size);
      high = withRoom(high, size);
      low[size] = hash[0] as number;
      high[size] = hash[1] as number;
      slots[slot] = ++size;
      if (size > slots.length * FULLEST) rehash();
      return size - 1;
    },
  };
}

/** A column that has a place `at`: itself, or twice its size. Pages that were never written to take no memory. */
export function withRoom(column: Uint32Array<ArrayBuffer>, at: number): Uint32Array<ArrayBuffer> {
  if (at < column.length) return column;
  const larger = new Uint32Array(column.length * 2);
  larger.set(column);
  return larger;
}
