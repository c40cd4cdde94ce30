/** A search before it begins: which configurations, how far each may get, and what that costs. */
import { OtzyvError } from '@otzyv/core';
import type { FetchOptions } from '../hub/fetch-model.ts';
import { dryRun } from '../training/dry-run.ts';
import type { Listener } from '../training/events.ts';
import { isLinear, type RunOptions } from '../training/options.ts';
import { type HalvingPlan, plannedEpochs, type Rung, rungsOf } from './halving.ts';
import { dataFiles, trialFolder } from './search-folder.ts';
import { changedSettings, checkSpace, configurations, type Settings, type Space } from './space.ts';

/** What to search, and how much may be spent on it. */
export interface SearchOptions {
  /**
   * The first configuration, which is what would be trained without a search. Its `output` is the search's folder, its
   * `epochs` are the most that a configuration gets, its `seed` decides what is drawn.
   */
  readonly base: RunOptions;
  readonly space: Space;
  readonly trials: number;
  /** One in so many goes on to the next rung: η. */
  readonly factor: number;
  /** What each configuration gets at least: with too few epochs none has learned what tells it from the others. */
  readonly minEpochs: number;
  /** Share of the rows that is kept from the search, to measure what it found; 0: none. */
  readonly holdout: number;
  readonly maxMinutes?: number | undefined;
}

/** The configurations, by trial, and the rungs they climb. */
export interface SearchPlan extends HalvingPlan {
  readonly configurations: readonly RunOptions[];
}

/** @throws OtzyvError `options.*` */
export function planSearch({ base, space, trials, factor, minEpochs, holdout }: SearchOptions): SearchPlan {
  const refuse = (fault: string, hint: string) => {
    throw new OtzyvError('options.search', fault, hint);
  };
  if (!Number.isInteger(trials) || trials < 1) refuse(`${trials} trials cannot be made`, 'Say --trials 20.');
  if (!(factor >= 2)) refuse(`one in ${factor} cannot go on`, 'Say --factor 2 or more; 3 is usual.');
  if (!(minEpochs > 0 && minEpochs <= base.epochs)) {
    refuse(
      `${minEpochs} epochs at least, and ${base.epochs} at most`,
      'Say --min-epochs 1, or more --epochs.',
    );
  }
  if (!(holdout >= 0 && holdout < 1))
    refuse(`a share of ${holdout} cannot be held out`, 'Say --holdout 0.2, or 0.');
  if (base.refit) {
    refuse(
      'trials are measured, so they are not trained on all rows',
      'Leave --refit out, and train what was found with otzyv train --config best.yaml --refit.',
    );
  }
  if (base.maxMinutes !== undefined) refuse('a trial has no time limit of its own', 'Limit the search.');
  checkSpace(space, base);
  const all = configurations(base, space, trials);
  return {
    configurations: all,
    trials: all.length,
    rungs: rungsOf({
      ...{ trials: all.length, epochs: base.epochs, factor },
      minEpochs: isLinear(base) ? base.epochs : minEpochs, // it has none to divide
    }),
    factor,
    greaterIsBetter: base.greaterIsBetter,
  };
}

/** A run of the search, in its own folder, without the rows that are held out. */
export function trialOptions(
  plan: SearchPlan,
  options: SearchOptions,
  trial: number,
  rung: number,
): RunOptions {
  const { base, holdout } = options;
  const { epochs } = plan.rungs[rung] as Rung;
  return {
    ...(plan.configurations[trial - 1] as RunOptions),
    trainFile: holdout === 0 ? base.trainFile : dataFiles(base.output, base.trainFile).searched,
    epochs,
    output: trialFolder(base.output, { trial, epochs }, base),
  };
}

/** What a search would be. */
export interface SearchEstimate {
  readonly trials: number;
  readonly rungs: readonly Rung[];
  /** at most: the defaults are counted in each rung */
  readonly epochs: number;
  /** of the training, by one step of the defaults; absent for the linear model */
  readonly estimatedMs?: number;
  /** by trial, where each differs from the defaults, which are the first */
  readonly configurations: readonly Settings[];
}

/** Reads everything, tries one step of the defaults, writes nothing. */
export async function estimateSearch(
  options: SearchOptions,
  context: { readonly listen: Listener; readonly signal?: AbortSignal; readonly fetch?: FetchOptions },
): Promise<SearchEstimate> {
  const { configurations: all, rungs, trials } = planSearch(options);
  const { base, holdout } = options;
  const epochs = plannedEpochs(rungs);
  const { steps } = await dryRun(
    { ...base, output: trialFolder(base.output, { trial: 1, epochs: 0 }, base) },
    context,
  );
  return {
    ...{ trials, rungs, epochs, configurations: all.map((one) => changedSettings(one, base)) },
    ...(steps && { estimatedMs: (steps.estimatedMs / base.epochs) * epochs * (1 - holdout) }),
  };
}
