/** How the time of a search is shared out. */
import { plannedEpochs, type Rung } from './halving.ts';
import type { TrialRun } from './search-folder.ts';

/** Node's timers count in 31 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function deadline(ms: number): AbortSignal {
  return AbortSignal.timeout(Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil(ms))));
}

/** When each rung is to be over: time is shared out as epochs are, or the first rung would take all of it. */
export function rungDeadlines(rungs: readonly Rung[], budgetMs: number): number[] {
  const costs = rungs.map(({ epochs, places }, index) => epochs * (places + (index > 0 ? 1 : 0)));
  return rungs.map((_, index) => {
    const until = costs.slice(0, index + 1).reduce((sum, cost) => sum + cost, 0);
    return (until / plannedEpochs(rungs)) * budgetMs;
  });
}

/** What a run will take if it is as fast as the fastest was: one that cannot come to its end is not begun. */
export function leastTime(runs: readonly TrialRun[], { epochs }: Rung): number {
  const rates = runs.filter(({ value }) => value !== undefined).map((run) => run.elapsedMs / run.epochs);
  return rates.length === 0 ? 0 : Math.min(...rates) * epochs;
}
