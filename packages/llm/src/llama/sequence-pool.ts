/**
 * Sequences of a context, lent for a question each. A sequence remembers what it evaluated, so each serves one instruction
 * only: that is evaluated once then, and not once a review.
 */

/** A sequence that is lent; `release` gives it back. */
export interface Loan<Sequence> {
  readonly sequence: Sequence;
  release(): void;
}

/** @param instructions different ones, not more than there are sequences */
export function sequencePool<Sequence>(sequences: readonly Sequence[], instructions: readonly string[]) {
  const groups = instructions.map((_, group) => ({
    free: sequences.filter((_, i) => i % instructions.length === group),
    waiting: [] as ((sequence: Sequence) => void)[],
  }));
  return {
    /** Waits until one is free. */
    borrow: async (instruction: string): Promise<Loan<Sequence>> => {
      const group = groups[instructions.indexOf(instruction)];
      if (group === undefined) throw new RangeError('no sequence was made for this instruction');
      const { free, waiting } = group;
      const sequence = free.shift() ?? (await new Promise<Sequence>((resolve) => waiting.push(resolve)));
      return {
        sequence,
        release: () => {
          const next = waiting.shift();
          if (next === undefined) free.push(sequence);
          else next(sequence);
        },
      };
    },
  };
}
