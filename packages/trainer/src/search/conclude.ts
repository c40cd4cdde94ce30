/** The end of a search: what it found is measured, told, and put where it is looked for. */
import { copyFile, link, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { makeFolder, replaceFolder } from '../files.ts';
import { bestFolder, requireWholeBest } from '../training/best-model.ts';
import { forgetPrevious } from '../training/previous-work.ts';
import type { Search, SearchOutcome } from './events.ts';
import { nextMove } from './halving.ts';
import type { SearchOptions, SearchPlan } from './plan.ts';
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
import { dropWeights, type Journal, layout, type TrialRun, trialFolder } from './search-folder.ts';

/** Measures, and puts the best where it is looked for. */
export async function conclude({ plan, options, context }: Search, journal: Journal): Promise<SearchOutcome> {
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
  await dropLosers(journal, options); // a killed process may not have come to it
  const told = await readSearchResult(folder);
  const isTold = told !== undefined && told.trials.flatMap((trial) => trial.runs).length === runs.length;
  if (isTold) {
    await forgetPrevious(folder);
    return { ...told, ...found };
  }

  const winner = trialFolder(folder, best, base);
  await requireWholeBest(winner, `Remove ${winner} and its run in ${layout(folder).journal}, and go on.`);
  context.listen({ type: 'search.measuring' });
  try {
    const measured = holdout === 0 ? undefined : await measureHeldOut(journal, options, context.signal);
    await replaceFolder(layout(folder).best, (unfinished) => linkFolder(bestFolder(winner), unfinished));
    await writeBestConfig(options, plan, best);
    const result = { ...found, ...(measured && { holdout: measured }), elapsedMs: journal.elapsedMs };
    await writeSearchResult(folder, result);
    await forgetPrevious(folder);
    return result;
  } catch (error) {
    if (!context.signal?.aborted || error !== context.signal.reason) throw error;
    return { status: 'interrupted', runs: runs.length };
  }
}

/** The weights of the best and of the defaults are kept; of the others what happened and what was measured. */
export async function dropLosers({ runs }: Journal, { base }: SearchOptions): Promise<void> {
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
  await makeFolder(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkFolder(source, target);
    else await link(source, target).catch(() => copyFile(source, target));
  }
}
