/**
 * `otzyv compare`: two models on the same labelled rows, from what their runs answered or asked anew. Only rows that neither was
 * trained on tell anything, and only rows that both answered can be paired.
 */
import { stat } from 'node:fs/promises';
import {
  type BootstrapOptions,
  comparePaired,
  evaluateProbabilities,
  type FoldSummary,
  type MetricName,
  OtzyvError,
  type PairedComparison,
  summarizeFolds,
  type Verdict,
  verdictOf,
} from '@otzyv/core';
import type { FetchOptions } from '../hub/fetch-model.ts';
import { type LabelledPredictions, readPredictions } from '../training/predictions-file.ts';
import { loadClassifier } from './classifier.ts';
import { refuseTrainingFile } from './common-predictions.ts';
import { answerRule } from './decision.ts';
import { type Candidate, checkLabels, findCandidates } from './ensemble-folder.ts';
import { asAnswered, type LabelledFile, readLabelledFile } from './evaluate-file.ts';
import { findHeldOut } from './held-out.ts';
import { type Paired, pairRows } from './pair-rows.ts';

export interface CompareOptions extends BootstrapOptions {
  /** Runs, cross-validations, models' folders, or files as `validation_pred.csv`: the one in use, and the new one. */
  readonly first: string;
  readonly second: string;
  /** Labelled texts that neither has learned from; absent: the rows that both held out. */
  readonly input?: LabelledFile | undefined;
  /** by which the verdict is given */
  readonly metric: MetricName;
  /** A loss up to this is none (default: 0). */
  readonly tolerance?: number | undefined;
  readonly fetch?: FetchOptions;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((model: string, done: number, total: number) => void) | undefined;
}

/** What is known of two models beside each other. */
export interface ModelComparison extends PairedComparison {
  readonly first: string;
  readonly second: string;
  readonly labels: readonly string[];
  readonly metric: MetricName;
  readonly tolerance: number;
  /** Of the second model, by the metric. */
  readonly verdict: Verdict;
  /** Rows that only one of them answered, which say nothing. */
  readonly unpaired: number;
  /** Of two cross-validations with the same folds: the metric's difference from fold to fold. */
  readonly folds?: FoldSummary & { readonly count: number };
}

/** @throws OtzyvError `options.compare` where the two answered different rows; `labels.differ`, `data.*`, `model.*`, `hub.*` */
export async function compareModels(options: CompareOptions): Promise<ModelComparison> {
  const { first, second, input, metric, tolerance = 0, fetch = {} } = options;
  const pair =
    input === undefined
      ? pairRows(await answered(first), await answered(second), { first, second })
      : await askBoth(await findCandidates([first, second], fetch), input, options);
  const { labels, labelIds } = pair;
  const compared = comparePaired(labelIds, pair.first, pair.second, labels.length, options);
  const folds = foldDifferences(pair, metric);
  return {
    ...{ first, second, labels, metric, tolerance, ...compared },
    verdict: verdictOf(metric, compared.metrics[metric], tolerance),
    unpaired: pair.unpaired,
    ...(folds && { folds }),
  };
}

/** What a run held out and answered: with a last training on all rows (`--refit`), before that. */
async function answered(source: string): Promise<LabelledPredictions> {
  const isFile = await stat(source).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile) return readPredictions(source);
  const found = await findHeldOut(source, undefined, ['oof_pred.csv', 'validation_pred.csv']);
  if (typeof found === 'string') {
    throw new OtzyvError(
      'options.compare',
      `no answers of ${source} are at hand: ${found}`,
      'Let both answer a labelled file that neither has learned from: --input held-out.csv',
    );
  }
  return readPredictions(found.file);
}

async function askBoth(
  candidates: readonly Candidate[],
  input: LabelledFile,
  { fetch = {}, signal, onProgress }: CompareOptions,
): Promise<Paired> {
  await refuseTrainingFile(candidates, input.file);
  checkLabels(candidates);
  const labels = candidates[0]?.labels ?? [];
  const file = await readLabelledFile(labels, input);
  const predictions: LabelledPredictions[] = [];
  for (const { asked, path } of candidates) {
    const classifier = await loadClassifier(path, fetch);
    try {
      const { probabilities } = await classifier.predict(file.texts, {
        signal,
        onProgress: (done) => onProgress?.(asked, done, file.texts.length),
      });
      const rule = answerRule(classifier.card?.decision);
      const own = readLabelIds(file.labelIds, labels, classifier.labels);
      predictions.push({
        ...{ ...file, labels: classifier.labels, labelIds: own },
        probabilities: asAnswered(probabilities, rule),
      });
    } finally {
      await classifier.dispose();
    }
  }
  const [first, second] = predictions as [LabelledPredictions, LabelledPredictions];
  const [one, other] = candidates.map(({ asked }) => asked) as [string, string];
  return pairRows(first, second, { first: one, second: other });
}

function readLabelIds(ids: readonly number[], from: readonly string[], to: readonly string[]): number[] {
  return ids.map((id) => to.indexOf(from[id] as string));
}

/** Folds share most of the rows they are trained on: see core's `fold-summary.ts`. */
function foldDifferences(pair: Paired, metric: MetricName): (FoldSummary & { count: number }) | undefined {
  const { folds, labels, labelIds } = pair;
  if (folds === undefined) return undefined;
  const names = [...new Set(folds)];
  if (names.length < 2) return undefined;
  const values = names.map((fold) => {
    const rows = folds.flatMap((one, row) => (one === fold ? [row] : []));
    const [first, second] = [pair.first, pair.second].map((probabilities) => {
      const own = rows.flatMap((row) => [
        ...probabilities.subarray(row * labels.length, (row + 1) * labels.length),
      ]);
      const truth = rows.map((row) => labelIds[row] as number);
      return evaluateProbabilities(truth, own, labels.length).metrics[metric];
    }) as [number, number];
    return second - first;
  });
  return { ...summarizeFolds(values, { testShare: 1 / (names.length - 1) }), count: names.length };
}
