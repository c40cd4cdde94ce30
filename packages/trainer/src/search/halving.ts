/**
 * Successive halving (Jamieson & Talwalkar 2016, https://arxiv.org/abs/1502.07943): all configurations get few epochs,
 * the best 1/η of them more, and so on. The first configuration, the defaults, is always among those that go on, so that
 * what is found can be compared with it. What to do next is a function of what is done, so an interrupted search goes on
 * the way it would have gone.
 */

/** All configurations that got as far are trained for so many epochs. */
export interface Rung {
  readonly epochs: number;
  /** How many configurations there is room for; the defaults come in addition where they are not among the best. */
  readonly places: number;
}

/** How a search is laid out. */
export interface HalvingPlan {
  readonly trials: number;
  readonly rungs: readonly Rung[];
  /** One in so many goes on: η. */
  readonly factor: number;
  readonly greaterIsBetter: boolean;
}

/** A trial that was trained for a rung. */
export interface RungResult {
  /** from 1, which is the defaults */
  readonly trial: number;
  readonly epochs: number;
  /** of the metric; absent for a trial that was lost, as by divergence */
  readonly value?: number | undefined;
}

/**
 * The last rung has all epochs, each before it 1/η of them; there are as many as trials and epochs allow, as in
 * scikit-learn's `HalvingRandomSearchCV(min_resources='exhaust')`.
 * @param epochs the most that a configuration gets
 * @param minEpochs the fewest; as many as `epochs` make one rung
 */
export function rungsOf({
  trials,
  epochs,
  factor,
  minEpochs,
}: {
  trials: number;
  epochs: number;
  factor: number;
  minEpochs: number;
}): Rung[] {
  const divisions = (n: number) => Math.max(0, Math.floor(Math.log(n) / Math.log(factor) + 1e-9));
  const last = Math.min(divisions(trials), divisions(epochs / minEpochs));
  return Array.from({ length: last + 1 }, (_, index) => ({
    epochs: index === last ? epochs : Math.max(minEpochs, Math.round(epochs / factor ** (last - index))),
    places: Math.ceil(trials / factor ** index - 1e-9),
  }));
}

/** Epochs that the plan trains, the defaults counted in each rung. */
export function plannedEpochs(rungs: readonly Rung[]): number {
  return rungs.reduce((sum, { epochs, places }, index) => sum + epochs * (places + (index > 0 ? 1 : 0)), 0);
}

/** Which trial is trained next, for which rung. */
export interface Move {
  readonly trial: number;
  /** from 0 */
  readonly rung: number;
}

/**
 * @param isClosed whether the time for a rung is over: no more are trained for it then but the defaults, and those that
 *   were go on by their results
 * @returns undefined when all is done
 */
export function nextMove(
  plan: HalvingPlan,
  results: readonly RungResult[],
  isClosed: (rung: number) => boolean = () => false,
): Move | undefined {
  let members = Array.from({ length: plan.trials }, (_, index) => index + 1);
  for (const [rung, { epochs }] of plan.rungs.entries()) {
    const done = results.filter((result) => result.epochs === epochs && members.includes(result.trial));
    const open = members.filter((trial) => !done.some((result) => result.trial === trial));
    const next = open.find((trial) => trial === 1 || !isClosed(rung));
    if (next !== undefined) return { trial: next, rung };
    members = promoted(plan, rung, done);
  }
  return undefined;
}

/** The defaults first, then by rank. */
function promoted(
  { factor, rungs, greaterIsBetter }: HalvingPlan,
  rung: number,
  done: readonly RungResult[],
): number[] {
  const ranked = rankedByValue(done, greaterIsBetter);
  const places = Math.min(rungs[rung + 1]?.places ?? 0, Math.ceil(done.length / factor));
  const best = ranked.slice(0, places).map(({ trial }) => trial);
  const isDefaultSound = ranked.some(({ trial }) => trial === 1);
  return [...(isDefaultSound ? [1] : []), ...best.filter((trial) => trial !== 1)];
}

/** The best first; equal ones by fewer epochs, then in order of trials. Those that were lost are left out. */
export function rankedByValue<T extends RungResult>(results: readonly T[], greaterIsBetter: boolean): T[] {
  const sign = greaterIsBetter ? -1 : 1;
  return results
    .filter(({ value }) => value !== undefined)
    .toSorted(
      (a, b) =>
        sign * ((a.value as number) - (b.value as number)) || a.epochs - b.epochs || a.trial - b.trial,
    );
}
