/** How far a label is to be trusted, row by row: 0 … 1, the lower the worse. cleanlab's `rank` module has the same. */
import type { LabelledProbabilities } from './confident-joint.ts';

/** The probability of the label, or how much it leads the best of the others: (p(label) − max p(other) + 1) / 2. */
export type QualityScore = 'self_confidence' | 'normalized_margin';

/** @returns [rows] */
export function labelQuality(
  { labelIds, probabilities, classes }: LabelledProbabilities,
  score: QualityScore,
): Float64Array {
  return Float64Array.from({ length: labelIds.length }, (_, row) => {
    const given = labelIds[row] as number;
    const own = probabilities[row * classes + given] as number;
    if (score === 'self_confidence') return own;
    let rival = 0;
    for (let id = 0; id < classes; id++) {
      if (id !== given) rival = Math.max(rival, probabilities[row * classes + id] as number);
    }
    return (own - rival + 1) / 2;
  });
}
