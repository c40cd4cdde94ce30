/**
 * Cohen's kappa: how far two people agree about labels beyond what chance alone would have made them agree,
 * κ = (p − e) / (1 − e), with p the share of texts they agree about and e the share that two people would who deal out the
 * same labels as often as these did, but blindly. The same number as scikit-learn's `cohen_kappa_score`.
 *
 * Its interval is that of p, carried over: Cohen's own approximation, which takes e as known, with the exact interval of
 * a share in place of the normal one. So it has a width also where they never disagreed.
 *
 * Reference: Cohen. A coefficient of agreement for nominal scales. Educational and Psychological Measurement 20 (1960).
 */
import { binomialInterval, type Interval } from './binomial.ts';
import { marginals } from './confusion.ts';
import { total } from './sums.ts';

/** How far two people agree. */
export interface Agreement {
  /** texts that both labelled */
  readonly rows: number;
  readonly agreed: number;
  /** −1 … 1; undefined where chance would have them always agree: no texts, or one label for all of them */
  readonly kappa: number | undefined;
  /** of kappa, where there is one */
  readonly interval: Interval | undefined;
}

/**
 * @param matrix     texts by [one's class][the other's class]
 * @param confidence of the interval, e.g. 0.95
 */
export function cohenKappa(matrix: readonly (readonly number[])[], confidence = 0.95): Agreement {
  const { support: ones, answered: others } = marginals(matrix);
  const rows = total(ones);
  const agreed = total(matrix.map((row, id) => row[id] as number));
  const products = total(ones.map((count, id) => count * (others[id] as number)));
  if (products === rows * rows) return { rows, agreed, kappa: undefined, interval: undefined };
  const byChance = products / (rows * rows);
  const beyondChance = (share: number) => (share - byChance) / (1 - byChance);
  const { low, high } = binomialInterval(agreed, rows, confidence);
  return {
    rows,
    agreed,
    kappa: beyondChance(agreed / rows),
    interval: { low: Math.max(-1, beyondChance(low)), high: beyondChance(high) },
  };
}
