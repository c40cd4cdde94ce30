/**
 * Answering only what one is sure of. How many texts are answered, and how many of those rightly, at twenty least
 * confidences; and the lowest of them that a target precision allows.
 *
 * The best of many thresholds looks better on the rows it was chosen by than it is: taken as measured, such a threshold
 * misses its target on new texts in up to a third of all cases. So a threshold counts by a lower bound of its precision
 * (Clopper–Pearson, exact, 95 %). The bound is that of one threshold, not of twenty at once; since each answers what the one
 * before it does and more, they fail together, and what is chosen misses its target in fewer than one case in twenty all the
 * same (simulated in the tests), while a bound for all at once would give away a third of the answers.
 */
import { OtzyvError } from '../errors.ts';
import { lowerBound } from './binomial.ts';

/** What answering from a confidence on would do. */
export interface RejectionPoint {
  readonly minConfidence: number;
  /** share of the rows that are answered */
  readonly coverage: number;
  /** share of the answered rows that are right */
  readonly precision: number;
  /** what the precision is at least, with a certainty of 95 % unless told otherwise */
  readonly precisionLow: number;
}

const STEPS = 20;
const CERTAINTY = 0.95;

/**
 * @param truth       class ids [rows]
 * @param predicted   class ids [rows]
 * @param confidences of the answers [rows]
 * @returns up to twenty points, each of another coverage, from the most confident rows to all of them
 */
export function rejectionCurve(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  confidences: ArrayLike<number>,
  { certainty = CERTAINTY }: { readonly certainty?: number } = {},
): RejectionPoint[] {
  const rows = truth.length;
  const order = Array.from({ length: rows }, (_, row) => row).sort(
    (a, b) => (confidences[b] as number) - (confidences[a] as number),
  );
  const points: RejectionPoint[] = [];
  let [answered, right] = [0, 0];
  for (let step = 1; step <= STEPS; step++) {
    const least = confidences[order[Math.ceil((rows * step) / STEPS) - 1] ?? -1];
    if (least === undefined || points.at(-1)?.minConfidence === least) continue;
    // equal confidences are answered together, or not at all
    while (answered < rows && (confidences[order[answered] as number] as number) >= least) {
      const row = order[answered++] as number;
      if (truth[row] === predicted[row]) right++;
    }
    points.push({
      minConfidence: least,
      coverage: answered / rows,
      precision: right / answered,
      precisionLow: lowerBound(right, answered, certainty),
    });
  }
  return points;
}

/**
 * @param targetPrecision share of the answered texts that are to be right
 * @returns of the curve's points that surely reach it, the one that answers most
 * @throws OtzyvError `options.target-precision` where none does, with the best there is
 */
export function minConfidenceFor(targetPrecision: number, curve: readonly RejectionPoint[]): RejectionPoint {
  const found = curve.filter(({ precisionLow }) => precisionLow >= targetPrecision).at(-1);
  if (found !== undefined) return found;
  const best = curve.reduce<RejectionPoint | undefined>(
    (most, point) => (most === undefined || point.precisionLow > most.precisionLow ? point : most),
    undefined,
  );
  throw new OtzyvError(
    'options.target-precision',
    `no confidence surely gives a precision of ${targetPrecision}` +
      (best === undefined
        ? ''
        : `: the best is ${best.precisionLow.toFixed(3)} at least (${best.precision.toFixed(3)} measured), ` +
          `answering ${(100 * best.coverage).toFixed(0)} % of the texts`),
    'Ask for less, measure on more rows, or choose a --min-confidence yourself.',
  );
}
