/**
 * The search itself: one run after the other, each an ordinary run in a folder of its own, until the plan or the time
 * is at its end. What to train next follows from what is done, so the same call goes on where it was interrupted.
 */
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { exists } from '../model/model-folder.ts';
import type { RunEvent } from '../training/events.ts';
import { beginIn, settlePrevious } from '../training/previous-work.ts';
import { refuseLocked, withRunLock } from '../training/run-lock.ts';
import { checkModel, trainOrResume } from '../training/train.ts';
import { checkFolder, isWorkOf, settleFolder } from '../training/work-folder.ts';
import { deadline, leastTime, rungDeadlines } from './budget.ts';
import { conclude, dropLosers } from './conclude.ts';
import type { Search, SearchContext, SearchOutcome } from './events.ts';
import { type Move, nextMove, plannedEpochs, type Rung } from './halving.ts';
import { shareRows, writeShares } from './hold-out.ts';
import { planSearch, type SearchOptions, type SearchPlan, trialOptions } from './plan.ts';
import { bestRun } from './results.ts';
import {
  checkResumed,
  clearUnbegun,
  dataFiles,
  type Journal,
  readJournal,
  SEARCH,
  type TrialRun,
  writeJournal,
  writeSearchFile,
} from './search-folder.ts';
import { changedSettings } from './space.ts';

/** A run that ends so has lost; the search goes on. */
const LOSING = ['run.diverged', 'options.max-length'];

/**
 * @param isResumed go on with the search in the folder, if there is one; one that is finished answers with its results
 * @throws OtzyvError `run.exists`, `run.locked` for a folder in use; `run.other-options`, `run.data-changed` for one that is not this
 *   search's; `run.out-of-time` when no run came to its end; what the run of the defaults throws; the signal's reason when it is aborted while the data is read
 */
export async function tune(
  options: SearchOptions,
  context: SearchContext,
  { isResumed = false, overwrite = false }: { isResumed?: boolean; overwrite?: boolean } = {},
): Promise<SearchOutcome> {
  const plan = planSearch(options);
  const folder = options.base.output;
  const isThere = await isWorkOf(SEARCH, folder);
  await checkFolder(SEARCH, folder, overwrite || isResumed);
  await refuseLocked(folder);
  await checkModel(options.base);
  const task = { plan, options, context };
  return isResumed && isThere ? goOn(task) : begin(task, overwrite);
}

async function begin(task: Search, overwrite: boolean): Promise<SearchOutcome> {
  const { options } = task;
  const folder = options.base.output;
  const shares = await shareRows(...sharing(task));
  return withRunLock(folder, async () => {
    await checkFolder(SEARCH, folder, overwrite); // another process may have been here meanwhile
    return beginIn(SEARCH, folder, async () => {
      await writeSearchFile(folder, options);
      if (options.holdout > 0) await writeShares(options.base.trainFile, shares, dataFilesOf(options));
      return search(task);
    });
  });
}

async function goOn(task: Search): Promise<SearchOutcome> {
  const { options } = task;
  const folder = options.base.output;
  return withRunLock(folder, async () => {
    await settlePrevious(SEARCH, folder);
    await settleFolder(SEARCH, folder);
    await checkResumed(folder, options);
    const files = dataFilesOf(options);
    const areThere = (await exists(files.searched)) && (await exists(files.heldOut));
    if (options.holdout > 0 && !areThere) {
      await rm(dirname(files.searched), { recursive: true, force: true });
      await writeShares(options.base.trainFile, await shareRows(...sharing(task)), files);
    }
    return search(task);
  });
}

function dataFilesOf({ base }: SearchOptions) {
  return dataFiles(base.output, base.trainFile);
}

function sharing({ options: { base, holdout }, context: { listen, signal } }: Search) {
  const warn = (event: RunEvent) => event.type === 'warning' && listen(event);
  return [base, holdout, warn, signal] as const;
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
    // a trial that was asked to stop, by whoever it was, stops the search
    if (run === undefined && (context.signal?.aborted || !clock.aborted)) {
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
  await clearUnbegun(own.output);
  try {
    const outcome = await trainOrResume(own, {
      listen: (event) => context.listen({ type: 'trial.event', event }),
      ...(context.signal && { signal: context.signal }),
      ...(context.fetch && { fetch: context.fetch }),
    });
    if (outcome.status === 'interrupted' || outcome.status === 'stopped') return undefined;
    const { metrics } = outcome.evaluation;
    const value = metrics[metric];
    if (value === undefined || !Number.isFinite(value)) {
      return { trial, epochs, elapsedMs: outcome.elapsedMs, fault: `its ${metric} is ${value}` };
    }
    return { trial, epochs, elapsedMs: outcome.elapsedMs, value, metrics: { ...metrics } };
  } catch (error) {
    const hasLost = error instanceof OtzyvError && LOSING.includes(error.code);
    if (!hasLost || (trial === 1 && error.code !== 'run.diverged')) throw error;
    return { trial, epochs, elapsedMs: performance.now() - begun, fault: error.message };
  }
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
