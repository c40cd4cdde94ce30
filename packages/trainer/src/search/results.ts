/**
 * What a search found: every trial by rank, the best beside the defaults, and both on rows that had no part in the
 * choice. The best of many trials is in part the luckiest: its value on the rows that chose it is too high, and only
 * other rows tell by how much.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeFileAtomically, writeJson } from '../files.ts';
import { loadClassifier } from '../inference/classifier.ts';
import { readLabelledFile } from '../inference/evaluate-file.ts';
import { exists } from '../model/model-folder.ts';
import { type EvaluationResult, measure } from '../training/evaluate.ts';
import type { RunOptions } from '../training/options.ts';
import { writePredictions } from '../training/predictions-file.ts';
import { rankedByValue } from './halving.ts';
import type { SearchOptions, SearchPlan } from './plan.ts';
import { dataFiles, type Journal, layout, type TrialRun, trialFolder } from './search-folder.ts';
import { changedSettings, type Settings } from './space.ts';

/** All that was done with a configuration. */
export interface TrialResult {
  /** from 1, which is the defaults */
  readonly trial: number;
  /** where it differs from the defaults */
  readonly settings: Settings;
  /** of its best run … */
  readonly epochs: number;
  /** … the metric on the rows that choose; absent where all its runs were lost */
  readonly value?: number | undefined;
  readonly metrics?: Readonly<Record<string, number>>;
  /** of all its runs */
  readonly elapsedMs: number;
  readonly runs: readonly TrialRun[];
}

/** Both measured on rows that no trial was trained on or chosen by. */
export interface HoldoutResult {
  readonly file: string;
  readonly best: EvaluationResult;
  /** of their run with the most epochs; absent where they were lost */
  readonly defaults?: EvaluationResult;
}

/** `tune_results.json` */
export interface SearchResult {
  readonly status: 'completed' | 'out-of-time';
  readonly model: string;
  readonly metric: string;
  readonly greaterIsBetter: boolean;
  /** the most that a configuration was to get */
  readonly epochs: number;
  /** the best first */
  readonly trials: readonly TrialResult[];
  /** what time did not allow, by rung */
  readonly untried: readonly { readonly epochs: number; readonly trials: number }[];
  readonly holdout?: HoldoutResult;
  readonly elapsedMs: number;
}

/** The run that is ahead, over all rungs: one with fewer epochs may be better than the same with more. */
export function bestRun(runs: readonly TrialRun[], greaterIsBetter: boolean): TrialRun | undefined {
  return rankedByValue(runs, greaterIsBetter)[0];
}

/** The run of the defaults with the most epochs. */
export function defaultsRun(runs: readonly TrialRun[]): TrialRun | undefined {
  return runs
    .filter(({ trial, value }) => trial === 1 && value !== undefined)
    .toSorted((a, b) => b.epochs - a.epochs)[0];
}

/** Ranked by each trial's best run; those that were lost come last. */
export function trialResults(runs: readonly TrialRun[], plan: SearchPlan): TrialResult[] {
  const base = plan.configurations[0] as RunOptions;
  const results = plan.configurations.flatMap((options, index): TrialResult[] => {
    const own = runs.filter(({ trial }) => trial === index + 1);
    const best = bestRun(own, plan.greaterIsBetter) ?? own.at(-1);
    if (best === undefined) return [];
    const { trial, epochs, value, metrics } = best;
    return [
      {
        ...{ trial, epochs, value, settings: changedSettings(options, base), runs: own },
        ...(metrics && { metrics }),
        elapsedMs: own.reduce((sum, run) => sum + run.elapsedMs, 0),
      },
    ];
  });
  return [
    ...rankedByValue(results, plan.greaterIsBetter),
    ...results.filter(({ value }) => value === undefined),
  ];
}

/** Measures the best and the defaults once on the rows that were held out, and keeps the answers. */
export async function measureHeldOut(
  { runs }: Journal,
  { base }: SearchOptions,
  signal: AbortSignal | undefined,
): Promise<HoldoutResult> {
  const file = dataFiles(base.output, base.trainFile).heldOut;
  const places = layout(base.output);
  const best = bestRun(runs, base.greaterIsBetter) as TrialRun;
  const defaults = defaultsRun(runs);
  const answer = async (run: TrialRun, path: string): Promise<EvaluationResult> => {
    const classifier = await loadClassifier(trialFolder(base.output, run, base), { isRaw: true });
    try {
      const { labels } = classifier;
      const { textColumn, labelColumn } = base;
      const { rows, texts, labelIds } = await readLabelledFile(labels, { file, textColumn, labelColumn });
      const { result, probabilities } = await measure(classifier, texts, labelIds, { signal });
      await writePredictions(path, { labels, rows, texts, labelIds, probabilities, columns: {} });
      return result;
    } finally {
      await classifier.dispose();
    }
  };
  const ofBest = await answer(best, places.heldOutAnswers);
  if (defaults === undefined) return { file, best: ofBest };
  const isSame = defaults.trial === best.trial && defaults.epochs === best.epochs;
  return {
    file,
    best: ofBest,
    defaults: isSame ? ofBest : await answer(defaults, places.heldOutAnswersOfDefaults),
  };
}

/** The best configuration as `otzyv train --config` takes it: on all rows of the file that was searched on. */
export async function writeBestConfig(
  { base }: SearchOptions,
  plan: SearchPlan,
  best: TrialRun,
): Promise<void> {
  const { output: _, ...options } = plan.configurations[best.trial - 1] as RunOptions;
  const lines = Object.entries({ ...options, trainFile: base.trainFile, epochs: best.epochs }).flatMap(
    ([name, value]) =>
      // JSON is YAML, too
      value === undefined
        ? []
        : `${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}: ${JSON.stringify(value)}`,
  );
  await writeFileAtomically(
    layout(base.output).config,
    [
      `# Trial ${best.trial} of ${plan.trials} that otzyv tune made, the best by ${base.metric}.`,
      '# otzyv train --config best.yaml --output FOLDER trains it on the whole file.',
      ...lines,
      '',
    ].join('\n'),
  );
}

export function writeSearchResult(folder: string, result: SearchResult): Promise<void> {
  return writeJson(layout(folder).results, { schemaVersion: 1, ...result });
}

/** @returns undefined where a search has none yet */
export async function readSearchResult(folder: string): Promise<SearchResult | undefined> {
  const path = layout(folder).results;
  if (!(await exists(path)) || !(await exists(join(folder, 'best')))) return undefined;
  const { schemaVersion: _, ...result } = z
    .looseObject({ schemaVersion: z.literal(1) })
    .parse(await readJson(path));
  return result as unknown as SearchResult;
}
