/**
 * A search's folder: `tune.json` (what was asked for, on what), `trials.json` (what came of each run so far), the runs
 * themselves in `trials/`, the rows it works with and those it never sees in `data/`.
 */
import { rm, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { z } from 'zod';
import { fingerprintFile } from '../data/fingerprint.ts';
import { readJson, writeJson } from '../files.ts';
import { exists } from '../model/model-folder.ts';
import { beginningShape, readBeginning } from '../training/beginning-file.ts';
import { checkSameData, checkSameOptions, optionsFromHere } from '../training/going-on.ts';
import { isLinear, type RunOptions } from '../training/options.ts';
import type { FolderKind } from '../training/work-folder.ts';
import { OTZYV_VERSION } from '../version.ts';
import type { SearchOptions } from './plan.ts';

const lostOrDone = z.object({
  /** from 1, which is the defaults */
  trial: z.int(),
  epochs: z.number(),
  elapsedMs: z.number(),
  /** of the metric, on the rows that choose; absent for a run that was lost */
  value: z.number().optional(),
  metrics: z.record(z.string(), z.number()).optional(),
  /** why it was lost */
  fault: z.string().optional(),
});

/** What came of a run of the search. */
export type TrialRun = z.infer<typeof lostOrDone>;

const journalSchema = z.object({ elapsedMs: z.number(), runs: z.array(lostOrDone) });

/** What is known so far, and how long it took to learn it. */
export type Journal = z.infer<typeof journalSchema>;

/** What a search leaves in its folder. */
export const SEARCH: FolderKind = {
  what: 'search',
  marker: 'tune.json',
  content: /^(trials|data|best|best\.yaml|holdout_pred(_default)?\.csv|tune_results\.json|trials\.json)$/,
  worth: /^trials$/,
  goOn: () => 'the same command with --resume',
};

/** Where things lie in a search's folder. */
export const layout = (folder: string) => ({
  options: join(folder, 'tune.json'),
  journal: join(folder, 'trials.json'),
  results: join(folder, 'tune_results.json'),
  best: join(folder, 'best'),
  config: join(folder, 'best.yaml'),
  heldOutAnswers: join(folder, 'holdout_pred.csv'),
  heldOutAnswersOfDefaults: join(folder, 'holdout_pred_default.csv'),
});

/** @returns the files that the rows of `source` are shared out to */
export function dataFiles(folder: string, source: string) {
  const named = (name: string) => join(folder, 'data', `${name}${extname(source)}`);
  return { searched: named('search'), heldOut: named('holdout') };
}

export function trialFolder(
  folder: string,
  { trial, epochs }: { trial: number; epochs: number },
  base: RunOptions,
) {
  const name = String(trial).padStart(3, '0');
  return join(folder, 'trials', isLinear(base) ? name : `${name}-epochs-${epochs}`);
}

export async function writeSearchFile(
  folder: string,
  { maxMinutes: _, ...asked }: SearchOptions,
): Promise<void> {
  const { trainFile, validationFile } = asked.base;
  const files = [trainFile, ...(validationFile === undefined ? [] : [validationFile])];
  const prints = await Promise.all(files.map(async (file) => [file, await fingerprintFile(file)]));
  await writeJson(layout(folder).options, {
    schemaVersion: 1,
    startedAt: new Date().toISOString(),
    startedIn: process.cwd(),
    ...asked,
    data: Object.fromEntries(prints),
    versions: { otzyv: OTZYV_VERSION, node: process.version },
  });
}

const searchFileSchema = z.object({
  base: z.record(z.string(), z.unknown()),
  space: z.record(z.string(), z.unknown()),
  factor: z.number(),
  minEpochs: z.number(),
  holdout: z.number(),
  ...beginningShape,
});

/**
 * A search is gone on with for more time, or with more trials; all else is as it was begun.
 * @throws OtzyvError `run.not-a-run`, `run.other-options`, `run.data-changed`
 */
export async function checkResumed(folder: string, asked: SearchOptions): Promise<void> {
  const { data, startedIn, base, ...saved } = await readBeginning(SEARCH, folder, searchFileSchema);
  const { factor, minEpochs, holdout, space } = asked;
  const search = `the search in ${folder}`;
  const begun = { options: base, data, startedIn };
  checkSameOptions(
    search,
    { ...optionsFromHere(begun), ...saved },
    { ...asked.base, space, factor, minEpochs, holdout },
  );
  await checkSameData(search, begun);
}

export async function readJournal(folder: string): Promise<Journal> {
  const path = layout(folder).journal;
  return (await exists(path)) ? journalSchema.parse(await readJson(path)) : { elapsedMs: 0, runs: [] };
}

export function writeJournal(folder: string, journal: Journal): Promise<void> {
  return writeJson(layout(folder).journal, journal);
}

/** Takes the weights of a run that is out of the race; what happened in it and what was measured stay. */
export async function dropWeights(run: string): Promise<void> {
  for (const name of ['best', 'checkpoints']) await rm(join(run, name), { recursive: true, force: true });
}

/** A run that was killed before it had written what it is, is no run yet. */
export async function clearUnbegun(run: string): Promise<void> {
  const isBegun = await stat(join(run, 'run.json')).then(
    () => true,
    () => false,
  );
  if (!isBegun) await rm(run, { recursive: true, force: true });
}
