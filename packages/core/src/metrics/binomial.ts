/**
 * What a count of hits says about the share behind it: mid-P exact intervals, and exact bounds to one side. Unlike a
 * bootstrap's, such an interval has a width where all rows, or none, were hits, and where they are few.
 */
import { bisect } from './bisect.ts';
import { incompleteBeta } from './incomplete-beta.ts';

/** A confidence interval, both ends included. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * The shares p under which neither as many hits as these, nor as few, would be a surprise, the observed count itself
 * taken by half: ½ P(X = hits | p) + P(X > hits | p) ≥ α/2, and likewise below. Without trials: from 0 to 1.
 *
 * Reference: Agresti, Gottard. Reducing conservatism of exact small-sample methods of inference for discrete data.
 * Computational Statistics & Data Analysis 51 (2007).
 * @param confidence e.g. 0.95
 */
export function binomialInterval(hits: number, trials: number, confidence = 0.95): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const tail = (1 - confidence) / 2;
  const share = hits / trials;
  return {
    low: hits === 0 ? 0 : bisect((p) => midTail(hits, trials, p) < tail, 0, share),
    high: hits === trials ? 1 : bisect((p) => midTail(trials - hits, trials, 1 - p) >= tail, share, 1),
  };
}

/**
 * Clopper and Pearson's one-sided bound: the share at which as many hits or more would still happen with the
 * probability 1 − certainty. Never less sure than it says, where mid-P is so on average only.
 */
export function lowerBound(hits: number, trials: number, certainty: number): number {
  if (hits === 0) return 0;
  return bisect((p) => atLeast(hits, trials, p) < 1 - certainty, 0, hits / trials);
}

/** ½ P(X = k) + P(X > k) for X ~ Binomial(n, p). */
export function midTail(k: number, n: number, p: number): number {
  return (atLeast(k, n, p) + atLeast(k + 1, n, p)) / 2;
}

/** P(X ≥ k) for X ~ Binomial(n, p): the incomplete beta function I_p(k, n − k + 1). */
function atLeast(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n) return 0;
  return incompleteBeta(k, n - k + 1, p);
}
