/**
 * The search itself: one run after the other, each an ordinary run in a folder of its own, until the plan or the time
 * is at its end. What to train next follows from what is done, so the same call goes on where it was interrupted.
 */
import { copyFile, link, mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { makeFolder, replaceFolder, settleReplacedFolders } from '../files.ts';
import type { FetchOptions } from '../hub/fetch-model.ts';
import { exists } from '../model/model-folder.ts';
import { bestFolder } from '../training/best-model.ts';
import type { RunEvent } from '../training/events.ts';
import { checkModel, trainOrResume } from '../training/train.ts';
import { type Move, nextMove, plannedEpochs, type Rung } from './halving.ts';
import { shareRows, writeShares } from './hold-out.ts';
import { planSearch, type SearchOptions, type SearchPlan, trialOptions } from './plan.ts';
import {
  bestRun,
  defaultsRun,
  measureHeldOut,
  readSearchResult,
  type SearchResult,
  trialResults,
  writeBestConfig,
  writeSearchResult,
} from './results.ts';
import {
  checkResumed,
  checkSearchFolder,
  clearUnbegun,
  dataFiles,
  dropWeights,
  type Journal,
  layout,
  readJournal,
  removeSearch,
  type TrialRun,
  trialFolder,
  writeJournal,
  writeSearchFile,
} from './search-folder.ts';
import { changedSettings, type Settings } from './space.ts';

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

/** A run that ends so has lost; the search goes on. */
const LOSING = ['run.diverged', 'options.max-length'];

/** Node's timers count in 31 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * @param isResumed go on with the search in the folder, if there is one; one that is finished answers with its results
 * @throws OtzyvError `run.exists` for a folder in use; `run.other-options`, `run.data-changed` for one that is not this
 *   search's; `run.out-of-time` when no run came to its end; what the run of the defaults throws
 */
export async function tune(
  options: SearchOptions,
  context: SearchContext,
  { isResumed = false, overwrite = false }: { isResumed?: boolean; overwrite?: boolean } = {},
): Promise<SearchOutcome> {
  const plan = planSearch(options);
  const folder = options.base.output;
  await checkSearchFolder(folder, { isResumed, overwrite });
  await checkModel(options.base);
  const goesOn = isResumed && (await exists(layout(folder).options));
  if (goesOn) await checkResumed(folder, options);
  try {
    await shareData(options, goesOn, context);
    return await search({ plan, options, context });
  } catch (error) {
    // a fault that is found before anything is trained leaves no trace
    if (!goesOn && (await readdir(join(folder, 'trials')).catch(() => [])).length === 0) {
      await removeSearch(folder).catch(() => undefined);
      await rmdir(folder).catch(() => undefined);
    }
    throw error;
  }
}

interface Search {
  readonly plan: SearchPlan;
  readonly options: SearchOptions;
  readonly context: SearchContext;
}

async function shareData(options: SearchOptions, goesOn: boolean, { listen }: SearchContext): Promise<void> {
  const { base, holdout } = options;
  const files = dataFiles(base.output, base.trainFile);
  if (goesOn && (holdout === 0 || ((await exists(files.searched)) && (await exists(files.heldOut))))) return;
  const shares = await shareRows(base, holdout, (event) => {
    if (event.type === 'warning') listen(event);
  });
  if (!goesOn) {
    await removeSearch(base.output);
    await makeFolder(base.output);
    await writeSearchFile(base.output, options);
  }
  if (holdout > 0) await writeShares(base.trainFile, shares, files);
}

async function search({ plan, options, context }: Search): Promise<SearchOutcome> {
  const { base, maxMinutes } = options;
  const folder = base.output;
  const begun = performance.now();
  let journal = await readJournal(folder);
  const before = journal.elapsedMs;
  const elapsedMs = () => before + performance.now() - begun;
  const budgetMs = maxMinutes === undefined ? Number.POSITIVE_INFINITY : maxMinutes * 60_000;
  const clock = deadline(budgetMs - before);
  const signal = AbortSignal.any([clock, ...(context.signal ? [context.signal] : [])]);
  const closes = rungDeadlines(plan.rungs, budgetMs);
  const isClosed = (rung: number) => elapsedMs() >= (closes[rung] as number);

  const { trials, rungs } = plan;
  context.listen({
    ...{ type: 'search.started', options, trials, rungs },
    ...{ done: journal.runs.length, elapsedMs: before },
  });
  let told = -1;
  for (;;) {
    const move = nextMove(plan, journal.runs, isClosed);
    if (move === undefined || clock.aborted) break;
    if (budgetMs - elapsedMs() < leastTime(journal.runs, plan.rungs[move.rung] as Rung)) break;
    if (move.rung !== told) tellOfRung(plan, move.rung, journal, context);
    told = move.rung;
    const run = await runTrial({ plan, options, context: { ...context, signal } }, move, journal);
    if (context.signal?.aborted && run === undefined) {
      await writeJournal(folder, { ...journal, elapsedMs: elapsedMs() });
      return { status: 'interrupted', runs: journal.runs.length };
    }
    if (run === undefined) break; // out of time
    journal = { elapsedMs: elapsedMs(), runs: [...journal.runs, run] };
    await writeJournal(folder, journal);
    const best = bestRun(journal.runs, base.greaterIsBetter);
    const settings = changedSettings(plan.configurations[run.trial - 1] ?? base, base);
    context.listen({
      type: 'trial.finished',
      run,
      settings,
      isBest: best?.trial === run.trial && best.epochs === run.epochs,
    });
    await dropLosers(journal, options);
  }
  journal = { ...journal, elapsedMs: elapsedMs() };
  await writeJournal(folder, journal);
  return conclude({ plan, options, context }, journal);
}

/** @returns undefined where it was stopped before its end */
async function runTrial(
  { plan, options, context }: Search,
  { trial, rung }: Move,
  { runs }: Journal,
): Promise<TrialRun | undefined> {
  const own = trialOptions(plan, options, trial, rung);
  const { epochs, metric } = own;
  const all = plannedEpochs(plan.rungs);
  const done = runs.reduce((sum, run) => sum + run.epochs, 0);
  context.listen({ type: 'trial.started', trial, epochs, share: { before: done / all, own: epochs / all } });
  const begun = performance.now();
  const elapsedMs = () => performance.now() - begun;
  await clearUnbegun(own.output);
  try {
    const outcome = await trainOrResume(own, {
      listen: (event) => context.listen({ type: 'trial.event', event }),
      ...(context.signal && { signal: context.signal }),
      ...(context.fetch && { fetch: context.fetch }),
    });
    if (outcome.status === 'interrupted') return undefined;
    const { metrics } = outcome.evaluation;
    const value = metrics[metric];
    if (value === undefined || !Number.isFinite(value)) {
      return { trial, epochs, elapsedMs: elapsedMs(), fault: `its ${metric} is ${value}` };
    }
    return { trial, epochs, elapsedMs: elapsedMs(), value, metrics: { ...metrics } };
  } catch (error) {
    const hasLost = error instanceof OtzyvError && LOSING.includes(error.code);
    if (!hasLost || (trial === 1 && error.code !== 'run.diverged')) throw error;
    return { trial, epochs, elapsedMs: elapsedMs(), fault: error.message };
  }
}

/** Measures, and puts the best where it is looked for. */
async function conclude({ plan, options, context }: Search, journal: Journal): Promise<SearchOutcome> {
  const { base, holdout, maxMinutes } = options;
  const folder = base.output;
  const { runs } = journal;
  const best = bestRun(runs, base.greaterIsBetter);
  if (best === undefined) throw nothingFound(runs, maxMinutes);
  const isComplete = nextMove(plan, runs) === undefined;
  const found = {
    status: isComplete ? 'completed' : 'out-of-time',
    model: base.model,
    metric: base.metric,
    greaterIsBetter: base.greaterIsBetter,
    epochs: base.epochs,
    trials: trialResults(runs, plan),
    untried: isComplete ? [] : untried(plan, runs),
  } as const;
  const told = await readSearchResult(folder);
  const isTold = told !== undefined && told.trials.flatMap((trial) => trial.runs).length === runs.length;
  if (isTold) return { ...told, ...found };

  context.listen({ type: 'search.measuring' });
  try {
    const measured = holdout === 0 ? undefined : await measureHeldOut(journal, options, context.signal);
    await settleReplacedFolders(folder);
    await replaceFolder(layout(folder).best, (unfinished) =>
      linkFolder(bestFolder(trialFolder(folder, best, base)), unfinished),
    );
    await writeBestConfig(options, plan, best);
    const result = { ...found, ...(measured && { holdout: measured }), elapsedMs: journal.elapsedMs };
    await writeSearchResult(folder, result);
    return result;
  } catch (error) {
    if (!context.signal?.aborted || error !== context.signal.reason) throw error;
    return { status: 'interrupted', runs: runs.length };
  }
}

function deadline(ms: number): AbortSignal {
  return AbortSignal.timeout(Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil(ms))));
}

/** When each rung is to be over: time is shared out as epochs are, or the first rung would take all of it. */
function rungDeadlines(rungs: readonly Rung[], budgetMs: number): number[] {
  const costs = rungs.map(({ epochs, places }, index) => epochs * (places + (index > 0 ? 1 : 0)));
  return rungs.map((_, index) => {
    const until = costs.slice(0, index + 1).reduce((sum, cost) => sum + cost, 0);
    return (until / plannedEpochs(rungs)) * budgetMs;
  });
}

/** What a run will take if it is as fast as the fastest was: one that cannot come to its end is not begun. */
function leastTime(runs: readonly TrialRun[], { epochs }: Rung): number {
  const rates = runs.filter(({ value }) => value !== undefined).map((run) => run.elapsedMs / run.epochs);
  return rates.length === 0 ? 0 : Math.min(...rates) * epochs;
}

function tellOfRung({ rungs }: SearchPlan, rung: number, { runs }: Journal, { listen }: SearchContext): void {
  const before = runs.filter(
    ({ epochs, value }) => epochs === rungs[rung - 1]?.epochs && value !== undefined,
  );
  if (before.length > 1 && before.every(({ value }) => value === before[0]?.value)) {
    const [{ epochs } = { epochs: 0 }] = before;
    listen({
      type: 'warning',
      message: `with ${epochs} epochs all are equal, so those that go on are no better: more --min-epochs would tell`,
    });
  }
  const { epochs, places } = rungs[rung] as Rung;
  listen({ type: 'rung.started', rung, rungs: rungs.length, epochs, runs: places });
}

/** The weights of the best and of the defaults are kept; of the others what happened and what was measured. */
async function dropLosers({ runs }: Journal, { base }: SearchOptions): Promise<void> {
  const kept = [bestRun(runs, base.greaterIsBetter), defaultsRun(runs)];
  for (const run of runs) {
    if (!kept.includes(run)) await dropWeights(trialFolder(base.output, run, base));
  }
}

function untried({ rungs }: SearchPlan, runs: readonly TrialRun[]): SearchResult['untried'] {
  return rungs.flatMap(({ epochs, places }) => {
    const trials = places - runs.filter((run) => run.epochs === epochs).length;
    return trials > 0 ? [{ epochs, trials }] : [];
  });
}

function nothingFound(runs: readonly TrialRun[], maxMinutes: number | undefined): OtzyvError {
  return runs.length > 0
    ? new OtzyvError(
        'run.diverged',
        `all ${runs.length} runs were lost, the first as ${runs[0]?.fault}`,
        'Search lower learning rates: --space with {learning_rate: {min: 1e-6, max: 1e-5, scale: log}}.',
      )
    : new OtzyvError(
        'run.out-of-time',
        `${maxMinutes} minutes were too few for one run to come to its end`,
        'Go on with more: the same command with --resume and another --max-minutes.',
      );
}

/** A second name for each file costs no space; where the file system knows no such names, a copy. */
async function linkFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkFolder(source, target);
    else await link(source, target).catch(() => copyFile(source, target));
  }
}
