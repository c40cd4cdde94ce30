/**
 * How far one distribution over bins is from another: the population stability index, Σ (o − e) · ln(o / e) over their
 * shares. Below 0.1 little has changed, above 0.25 much has, as its users say. It is symmetric, and zero for like shares.
 * Reference: Siddiqi 2006, "Credit Risk Scorecards", chapter 9.
 */

/** Half an observation more in each bin, so that an empty one does not make it infinite. */
const SMOOTHING = 0.5;

/** @param expected counts by bin @param observed counts by the same bins */
export function populationStability(expected: readonly number[], observed: readonly number[]): number {
  const [e, o] = [sharesOf(expected), sharesOf(observed)];
  return e.reduce((sum, share, bin) => {
    const seen = o[bin] as number;
    return sum + (seen - share) * Math.log(seen / share);
  }, 0);
}

function sharesOf(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count + SMOOTHING, 0);
  return counts.map((count) => (count + SMOOTHING) / total);
}
