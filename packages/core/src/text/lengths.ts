/** How long things are, from counts by length: exact, in memory bounded by the longest. */
export interface LengthSummary {
  readonly min: number;
  readonly mean: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

export function createLengths() {
  const counts = new Map<number, number>();
  let [total, sum] = [0, 0];
  return {
    add: (length: number): void => {
      counts.set(length, (counts.get(length) ?? 0) + 1);
      total++;
      sum += length;
    },
    summary: (): LengthSummary => {
      const sorted = [...counts].sort(([a], [b]) => a - b);
      const percentile = (share: number) => {
        let rest = Math.ceil(share * total);
        for (const [length, count] of sorted) {
          rest -= count;
          if (rest <= 0) return length;
        }
        return 0;
      };
      return {
        min: sorted[0]?.[0] ?? 0,
        mean: total === 0 ? 0 : sum / total,
        median: percentile(0.5),
        p95: percentile(0.95),
        max: sorted.at(-1)?.[0] ?? 0,
      };
    },
  };
}
