/**
 * Sequences of numbers as paths of a tree, in flat arrays: n-grams are counted and looked up by the million, and as
 * strings each would have to be made and hashed first. A node is found by its parent and the number that leads to it,
 * in a hash table with linear probing; what it finds is compared, so that nothing is ever confused.
 */
export const ROOT = 0;
/** No node: nothing leads back to the root. */
export const NONE = 0;

export class Trie {
  /** with the root; a node's number is greater than its parent's */
  size = 1;
  /** by node */
  parents = new Uint32Array(1024);
  /** by node: what leads to it from its parent */
  symbols = new Uint32Array(1024);
  /** nodes by hash, NONE where free */
  private slots = new Uint32Array(2048);

  /** @returns NONE where there is no such node */
  find(parent: number, symbol: number): number {
    return this.slots[this.slotOf(parent, symbol)] as number;
  }

  /** @returns the node, which is made where there is none */
  add(parent: number, symbol: number): number {
    const slot = this.slotOf(parent, symbol);
    const known = this.slots[slot] as number;
    if (known !== NONE) return known;
    const node = this.size++;
    if (node === this.parents.length) this.grow();
    this.parents[node] = parent;
    this.symbols[node] = symbol;
    if (node < this.slots.length / 2) this.slots[slot] = node;
    else this.hashAnew(2 * this.slots.length);
    return node;
  }

  /** @returns the numbers that lead from the root to a node */
  pathTo(node: number): number[] {
    const path: number[] = [];
    for (let at = node; at !== ROOT; at = this.parents[at] as number) path.push(this.symbols[at] as number);
    return path.reverse();
  }

  /**
   * Leaves out all but the wanted nodes and those on the way to them, which keep their order.
   * @param moved called with each node that stays, from its old number to its new one, which is never greater
   */
  keep(isWanted: (node: number) => boolean, moved: (from: number, to: number) => void): void {
    const numbers = new Uint32Array(this.size);
    for (let node = this.size - 1; node > ROOT; node--) {
      if (numbers[node] === 0 && !isWanted(node)) continue;
      numbers[node] = 1;
      numbers[this.parents[node] as number] = 1;
    }
    numbers[ROOT] = ROOT;
    let size = 1;
    for (let node = 1; node < this.size; node++) {
      if (numbers[node] === 0) continue;
      this.parents[size] = numbers[this.parents[node] as number] as number;
      this.symbols[size] = this.symbols[node] as number;
      moved(node, size);
      numbers[node] = size++;
    }
    this.size = size;
    this.hashAnew(this.slots.length);
  }

  /** where a node is, or would be put */
  private slotOf(parent: number, symbol: number): number {
    const { slots, parents, symbols } = this;
    const last = slots.length - 1;
    let hash = Math.imul(Math.imul(parent, 0x9e3779b1) ^ symbol, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let slot = hash & last; ; slot = (slot + 1) & last) {
      const node = slots[slot] as number;
      if (node === NONE || (parents[node] === parent && symbols[node] === symbol)) return slot;
    }
  }

  private grow(): void {
    this.parents = enlarged(this.parents);
    this.symbols = enlarged(this.symbols);
  }

  private hashAnew(slots: number): void {
    this.slots = new Uint32Array(slots);
    for (let node = 1; node < this.size; node++)
      this.slots[this.slotOf(this.parents[node] as number, this.symbols[node] as number)] = node;
  }
}

/** @returns the same numbers with as many zeros behind them */
export function enlarged(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * array.length);
  larger.set(array);
  return larger;
}
