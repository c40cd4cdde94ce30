/** What a search is given beside its options, what it says of itself, and how it ends. */
import type { FetchOptions } from '../hub/fetch-model.ts';
import type { RunEvent } from '../training/events.ts';
import type { Rung } from './halving.ts';
import type { SearchOptions, SearchPlan } from './plan.ts';
import type { SearchResult } from './results.ts';
import type { TrialRun } from './search-folder.ts';
import type { Settings } from './space.ts';

/** What a search says of itself. */
export type SearchEvent =
  | {
      type: 'search.started';
      options: SearchOptions;
      trials: number;
      rungs: readonly Rung[];
      /** runs that an interrupted search had made … */
      done: number;
      /** … and the time they took */
      elapsedMs: number;
    }
  /** `runs`: how many it will have at most, those that were made before counted */
  | { type: 'rung.started'; rung: number; rungs: number; epochs: number; runs: number }
  | {
      type: 'trial.started';
      trial: number;
      epochs: number;
      /** of all planned, before this run */
      share: { before: number; own: number };
    }
  /** what the run says of itself */
  | { type: 'trial.event'; event: RunEvent }
  | { type: 'trial.finished'; run: TrialRun; settings: Settings; isBest: boolean }
  | { type: 'warning'; message: string }
  /** the best and the defaults are measured on the rows that were held out */
  | { type: 'search.measuring' };

/** Who listens, and who may stop it. */
export interface SearchContext {
  readonly listen: (event: SearchEvent) => void;
  /** Aborted: the step is finished and saved, and the search returns `interrupted`. */
  readonly signal?: AbortSignal;
  readonly fetch?: FetchOptions;
}

/** How a search ended. */
export type SearchOutcome = SearchResult | { readonly status: 'interrupted'; readonly runs: number };

/** A search with all that belongs to it. */
export interface Search {
  readonly plan: SearchPlan;
  readonly options: SearchOptions;
  readonly context: SearchContext;
}
