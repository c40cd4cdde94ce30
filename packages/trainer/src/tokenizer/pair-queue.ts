/**
 * A priority queue of pairs by their counts, where counts change while it is used: an entry whose count is no
 * longer true is put back with the true one when it comes up.
 */
interface Entry {
  readonly key: string;
  readonly count: number;
}

export class PairQueue {
  readonly #counts: ReadonlyMap<string, number>;
  readonly #heap: Entry[] = [];

  /** @param counts read again whenever an entry comes up */
  constructor(counts: ReadonlyMap<string, number>) {
    this.#counts = counts;
    for (const key of counts.keys()) this.update(key);
  }

  /** To be called when a count has grown; one that has shrunk is noticed by itself. */
  update(key: string): void {
    const count = this.#counts.get(key) ?? 0;
    if (count > 0) this.#push({ key, count });
  }

  /** @returns undefined when no pair occurs `least` times */
  takeMostFrequent(least: number): string | undefined {
    for (;;) {
      const top = this.#pop();
      if (top === undefined || top.count < least) return undefined;
      const count = this.#counts.get(top.key) ?? 0;
      if (count === top.count) return top.key;
      if (count > 0 && count < top.count) this.#push({ key: top.key, count });
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(entry, heap[parent] as Entry)) break;
      heap[i] = heap[parent] as Entry;
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[i] = heap[child] as Entry;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.count !== b.count ? a.count > b.count : a.key < b.key;
}
