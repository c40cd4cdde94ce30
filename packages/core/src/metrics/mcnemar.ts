/**
 * McNemar's test: of two models on the same rows, whether one alone is right more often than the other alone, beyond
 * chance.
 *
 * Reference: Fagerland, Lydersen, Laake. The McNemar test for binary matched-pairs data: mid-p and asymptotic are better
 * than exact conditional. BMC Medical Research Methodology 13 (2013).
 */
import { midTail } from './binomial.ts';

/** Rows that only one of the models answers rightly, and how likely such an imbalance is, were both equally good. */
export interface McNemar {
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** mid-P, two-sided */
  readonly p: number;
}

/** @param truth class ids [rows] @param first answers of one model @param second of the other */
export function mcnemar(
  truth: ArrayLike<number>,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): McNemar {
  let [onlyFirst, onlySecond] = [0, 0];
  for (let row = 0; row < truth.length; row++) {
    const [a, b] = [first[row] === truth[row], second[row] === truth[row]];
    if (a && !b) onlyFirst++;
    if (b && !a) onlySecond++;
  }
  return { onlyFirst, onlySecond, p: mcnemarP(onlyFirst, onlySecond) };
}

/** 2 · (½ P(X = k) + P(X > k)) for X ~ Binomial(n, ½), with k the larger of the two counts and n both together. */
export function mcnemarP(onlyFirst: number, onlySecond: number): number {
  return Math.min(1, 2 * midTail(Math.max(onlyFirst, onlySecond), onlyFirst + onlySecond, 0.5));
}
