/**
 * How far several votes on each text agree, and how much of it is more than chance.
 *
 * Reference: J. L. Fleiss, "Measuring nominal scale agreement among many raters", 1971. With P the mean share of pairs
 * of votes on one text that agree, and Pₑ the same for votes dealt out by the classes' shares: κ = (P − Pₑ) / (1 − Pₑ).
 * Same numbers as statsmodels' fleiss_kappa.
 */

/** How far the votes of all texts agree. */
export interface VoteAgreement {
  /** texts that had all the votes */
  readonly texts: number;
  /** mean share of pairs of votes that name the same class, 0 … 1 */
  readonly pairwise: number;
  /** 1 is full agreement, 0 what chance gives; undefined where all votes name one class, and chance explains all */
  readonly fleissKappa: number | undefined;
}

/**
 * @param votes class ids [texts][votes]: two or more of each text, equally many
 * @returns undefined without texts
 */
export function agreement(votes: readonly (readonly number[])[], classes: number): VoteAgreement | undefined {
  const [first] = votes;
  if (first === undefined) return undefined;
  const perText = first.length;
  if (perText < 2 || votes.some((row) => row.length !== perText))
    throw new RangeError('agreement needs two or more votes of each text, equally many');
  const totals = new Float64Array(classes);
  let agreeing = 0;
  for (const row of votes) {
    const counts = new Float64Array(classes);
    for (const id of row) counts[id] = (counts[id] as number) + 1;
    for (const [id, count] of counts.entries()) {
      totals[id] = (totals[id] as number) + count;
      agreeing += count * (count - 1);
    }
  }
  const pairwise = agreeing / (votes.length * perText * (perText - 1));
  const chance = totals.reduce((sum, total) => sum + (total / (votes.length * perText)) ** 2, 0);
  return {
    texts: votes.length,
    pairwise,
    fleissKappa: totals.includes(votes.length * perText) ? undefined : (pairwise - chance) / (1 - chance),
  };
}
