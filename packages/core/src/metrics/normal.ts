/** The standard normal distribution. */
import { erf } from '../ops/erf.ts';
import { bisect } from './bisect.ts';

/** @returns the probability of less than `z` */
export function normalCdf(z: number): number {
  return (1 + erf(z / Math.SQRT2)) / 2;
}

/** @returns the z below which lies the share `p`, within ±8 */
export function normalQuantile(p: number): number {
  return bisect((z) => normalCdf(z) < p, -8, 8);
}
