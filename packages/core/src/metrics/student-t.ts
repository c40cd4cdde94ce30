/**
 * Student's t distribution with whole degrees of freedom, by the finite sums it has then.
 * Reference: Abramowitz & Stegun, 26.7.3 and 26.7.4
 */
import { bisect } from './bisect.ts';

/** @param p below 1, above 0 @returns the value that a t-distributed number stays below with probability p */
export function studentTQuantile(p: number, freedom: number): number {
  const angle = bisect((one) => (1 + within(one, freedom)) / 2 < p, -Math.PI / 2, Math.PI / 2); // atan(t / √ν)
  return Math.tan(angle) * Math.sqrt(freedom);
}

/** @returns the probability of lying between −t and t, negative for a negative t; t = √ν · tan(angle) */
function within(angle: number, freedom: number): number {
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cos : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= freedom - 2; k += 2) {
    term *= ((k - 1) / k) * cos * cos;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + sin * sum) : sin * sum;
}
