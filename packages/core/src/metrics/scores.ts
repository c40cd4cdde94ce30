/** Scores of whole distributions, not only of the answer on top. */

/** @param probabilities [rows × classes] @returns the class id with the highest probability, by row */
export function answers(probabilities: ArrayLike<number>, classes: number): number[] {
  return Array.from({ length: probabilities.length / classes }, (_, row) => {
    let best = 0;
    for (let id = 1; id < classes; id++) {
      if ((probabilities[row * classes + id] as number) > (probabilities[row * classes + best] as number))
        best = id;
    }
    return best;
  });
}

/**
 * How many classes are more probable than the truth, by row; ties count as scikit-learn counts them, by higher id
 * first.
 */
export function truthRanks(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
): number[] {
  return Array.from(truth, (id, row) => {
    const own = probabilities[row * classes + id] as number;
    let ahead = 0;
    for (let other = 0; other < classes; other++) {
      const value = probabilities[row * classes + other] as number;
      if (value > own || (value === own && other > id)) ahead++;
    }
    return ahead;
  });
}

/** Share of rows whose truth is among the `k` most probable. */
export function topKAccuracy(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  k: number,
): number {
  const hits = truthRanks(truth, probabilities, classes).filter((ahead) => ahead < k).length;
  return truth.length === 0 ? 0 : hits / truth.length;
}

/** −log p of the truth, by row; probabilities are kept off zero and one by float64's epsilon, as scikit-learn does. */
export function logLosses(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
): number[] {
  return Array.from(truth, (id, row) => -Math.log(clip(probabilities[row * classes + id] as number)));
}

/** The mean of `logLosses`. */
export function logLoss(truth: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number): number {
  const sum = logLosses(truth, probabilities, classes).reduce((total, loss) => total + loss, 0);
  return truth.length === 0 ? 0 : sum / truth.length;
}

function clip(probability: number): number {
  return Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, probability));
}
