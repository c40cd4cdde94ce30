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

/** Share of rows whose truth is among the `k` most probable; ties count as scikit-learn counts them, by higher id first. */
export function topKAccuracy(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  k: number,
): number {
  let hits = 0;
  for (let row = 0; row < truth.length; row++) {
    const id = truth[row] as number;
    const own = probabilities[row * classes + id] as number;
    let ahead = 0;
    for (let other = 0; other < classes; other++) {
      const value = probabilities[row * classes + other] as number;
      if (value > own || (value === own && other > id)) ahead++;
    }
    if (ahead < k) hits++;
  }
  return truth.length === 0 ? 0 : hits / truth.length;
}

/** Mean −log p of the truth; probabilities are kept off zero and one by float64's epsilon, as scikit-learn does. */
export function logLoss(truth: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number): number {
  let sum = 0;
  for (let row = 0; row < truth.length; row++) {
    sum -= Math.log(clip(probabilities[row * classes + (truth[row] as number)] as number));
  }
  return truth.length === 0 ? 0 : sum / truth.length;
}

function clip(probability: number): number {
  return Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, probability));
}
