/**
 * The few most repeated texts while rows stream by, exactly, and with their words though no other text is kept. A
 * text's place changes for the better only at a row of its own, where its words are at hand; whichever is among the
 * first at the end was so after its last row.
 */
import type { DistinctTexts } from './distinct-texts.ts';

const HELD = 5;

export interface Held {
  readonly number: number;
  /** as it was spelled in the row that brought it here */
  readonly text: string;
}

export interface MostRepeated {
  /** To be called at each row of a text that may be among the first. */
  offer(number: number, text: string): void;
  /** by descending count, equal ones in the order of first rows */
  held(): readonly Held[];
}

export function createMostRepeated({ count }: Pick<DistinctTexts, 'count'>): MostRepeated {
  const held: Held[] = [];
  const byCount = (a: Held, b: Held) => count(b.number) - count(a.number) || a.number - b.number;
  return {
    offer: (number, text) => {
      const offered = { number, text };
      const last = held[HELD - 1];
      if (last !== undefined && byCount(last, offered) < 0) return;
      if (!held.some((one) => one.number === number)) held.push(offered);
      held.sort(byCount).splice(HELD);
    },
    held: () => held,
  };
}
