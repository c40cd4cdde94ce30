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

/** @returns words, between white space, and characters, of which some are two units of a string */
export function measured(text: string): { words: number; characters: number } {
  let [words, pairs] = [0, 0];
  let isInWord = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const isSpace =
      unit <= 0x20 ? unit === 0x20 || (unit >= 9 && unit <= 13) : unit >= 0xa0 && isWideSpace(unit);
    if (!isSpace && !isInWord) words++;
    isInWord = !isSpace;
    if (unit >>> 10 === 0x36 && text.charCodeAt(at + 1) >>> 10 === 0x37) pairs++;
  }
  return { words, characters: text.length - pairs };
}

/** What else `\s` is. */
function isWideSpace(unit: number): boolean {
  if (unit < 0x2000 || unit > 0x3000) return unit === 0xa0 || unit === 0xfeff || unit === 0x1680;
  return /\s/.test(String.fromCharCode(unit));
}
