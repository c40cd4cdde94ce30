/** What tokens cost, in whatever currency the prices are. */
import type { Usage } from '@otzyv/llm';

/** Of a million tokens. */
export interface Prices {
  readonly input: number;
  readonly output: number;
}

/** @returns undefined where no price is known */
export function costOf({ prompt, completion }: Usage, prices: Prices | undefined): number | undefined {
  return prices && (prompt * prices.input + completion * prices.output) / 1e6;
}

/** Cents where there are any; else the first two digits that are not zero. */
export function money(amount: number): string {
  return amount >= 0.1 || amount === 0 ? amount.toFixed(2) : amount.toPrecision(2);
}
