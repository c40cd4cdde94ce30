/**
 * What a cross-validation says, from the files of its folds: `oof_pred.csv`, every row answered by a model that had not
 * seen it, and `cv_results.json`.
 */
import { join } from 'node:path';
import { type FoldSummary, OtzyvError, summarizeFolds } from '@otzyv/core';
import type { Grouping } from '../data/assign-folds.ts';
import { readJson, writeJson } from '../files.ts';
import type { CrossValidationOptions, FoldRun } from './cross-validation-options.ts';
import { type EvaluationResult, evaluationOf } from './evaluate.ts';
import { finishedEvent } from './event-log.ts';
import type { FinishStatus } from './events.ts';
import { type LabelledPredictions, readPredictions, writePredictions } from './predictions-file.ts';
import { readResults, readTrainedRows } from './results.ts';

/** A number over the folds: mean, deviation and interval of `values`. */
export interface FoldScores extends FoldSummary {
  /** Of each fold, in the order of `runs`; null where a fold had no row of the class. */
  readonly values: readonly (number | null)[];
}

/** A fold that was trained, and what it measured. */
export interface FinishedFold {
  readonly repeat: number;
  readonly fold: number;
  /** of its run, inside the cross-validation's folder */
  readonly folder: string;
  /** Rows that it was trained on, without those that an audit excludes. */
  readonly train: number;
  readonly validation: number;
  readonly status: FinishStatus;
  readonly bestStep: number;
  readonly elapsedMs: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** What `cv_results.json` holds. */
export interface CrossValidationResult {
  readonly schemaVersion: 1;
  readonly folds: number;
  readonly repeats: number;
  readonly labels: readonly string[];
  /** by which each fold chose its best checkpoint */
  readonly metric: string;
  readonly grouping: Grouping & { readonly column?: string };
  readonly runs: readonly FinishedFold[];
  readonly metrics: Readonly<Record<string, FoldScores>>;
  /** By class id; null where fewer than two folds have rows of the class. */
  readonly classes: readonly {
    readonly label: string;
    readonly precision: FoldScores | null;
    readonly recall: FoldScores | null;
    readonly f1: FoldScores | null;
  }[];
  /** All out-of-fold answers of the first repeat together: each row once. */
  readonly pooled: EvaluationResult;
}

/** @throws OtzyvError `run.*`, `data.*` where a fold's files are not what its run wrote */
export async function writeCrossValidation(
  options: CrossValidationOptions,
  runs: readonly FoldRun[],
  grouping: Grouping,
): Promise<CrossValidationResult> {
  const finished = await Promise.all(runs.map(readFold));
  const predictions = finished.map(({ predictions }) => predictions);
  await writePredictions(join(options.output, 'oof_pred.csv'), joined(runs, predictions, options.repeats));

  const labels = predictions[0]?.labels ?? [];
  const testShare = 1 / (options.folds - 1);
  const evaluations = finished.map(({ evaluation }) => evaluation);
  const names = Object.keys(evaluations[0]?.metrics ?? {});
  const ofClass = (id: number, score: 'precision' | 'recall' | 'f1') =>
    scores(
      evaluations.map(({ report }) => {
        const one = report.classes[id];
        return one === undefined || one.support === 0 ? null : one[score];
      }),
      testShare,
    );
  const result: CrossValidationResult = {
    schemaVersion: 1,
    folds: options.folds,
    repeats: options.repeats,
    labels,
    metric: options.metric,
    grouping: { ...grouping, ...(options.groupColumn !== undefined && { column: options.groupColumn }) },
    runs: finished.map(({ run, evaluation, end, predictions, trained }) => ({
      repeat: run.repeat,
      fold: run.fold,
      folder: run.options.output.slice(options.output.length).replace(/^[/\\]+/, ''),
      train: trained,
      validation: predictions.rows.length,
      status: end.status,
      bestStep: end.bestStep,
      elapsedMs: end.elapsedMs,
      metrics: evaluation.metrics,
    })),
    metrics: Object.fromEntries(
      names.map((name) => [
        name,
        scores(
          evaluations.map(({ metrics }) => metrics[name] as number),
          testShare,
          name === 'log_loss' ? Number.POSITIVE_INFINITY : 1,
        ) as FoldScores,
      ]),
    ),
    classes: labels.map((label, id) => ({
      label,
      precision: ofClass(id, 'precision'),
      recall: ofClass(id, 'recall'),
      f1: ofClass(id, 'f1'),
    })),
    pooled: pooled(predictions.slice(0, options.folds), evaluations.slice(0, options.folds)),
  };
  await writeJson(join(options.output, 'cv_results.json'), result);
  return result;
}

export async function readCrossValidation(folder: string): Promise<CrossValidationResult> {
  return (await readJson(join(folder, 'cv_results.json'))) as CrossValidationResult;
}

async function readFold(run: FoldRun) {
  const folder = run.options.output;
  const end = await finishedEvent(folder);
  if (end === undefined) {
    throw new OtzyvError(
      'run.not-finished',
      `the run in ${folder} has not come to its end`,
      'Go on with it.',
    );
  }
  const evaluation = await readResults(folder);
  const predictions = await readPredictions(join(folder, 'validation_pred.csv'));
  return { run, end, evaluation, predictions, trained: await readTrainedRows(folder) };
}

/** @param highest that it can be @returns null for fewer than two values */
function scores(values: readonly (number | null)[], testShare: number, highest = 1): FoldScores | null {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const { interval, ...summary } = summarizeFolds(known, { testShare });
  const { low, high } = interval;
  return { values, ...summary, interval: { low: Math.max(0, low), high: Math.min(highest, high) } };
}

/** Repeat by repeat, in the order of the training file's rows. */
function joined(
  runs: readonly FoldRun[],
  predictions: readonly LabelledPredictions[],
  repeats: number,
): LabelledPredictions {
  const labels = predictions[0]?.labels ?? [];
  const classes = labels.length;
  const places = predictions
    .flatMap(({ rows }, run) =>
      rows.map((row, at) => ({ run, at, row, repeat: runs[run]?.repeat as number })),
    )
    .sort((a, b) => a.repeat - b.repeat || a.row - b.row);
  const of = (run: number) => predictions[run] as LabelledPredictions;
  const probabilities = new Float32Array(places.length * classes);
  places.forEach(({ run, at }, i) => {
    probabilities.set(of(run).probabilities.subarray(at * classes, (at + 1) * classes), i * classes);
  });
  return {
    labels,
    rows: places.map(({ row }) => row),
    texts: places.map(({ run, at }) => of(run).texts[at] as string),
    labelIds: places.map(({ run, at }) => of(run).labelIds[at] as number),
    probabilities,
    columns: {
      ...Object.fromEntries(
        Object.keys(predictions[0]?.columns ?? {}).map((name) => [
          name,
          places.map(({ run, at }) => of(run).columns[name]?.[at] ?? ''),
        ]),
      ),
      fold: places.map(({ run }) => String(runs[run]?.fold)),
      ...(repeats > 1 && { repeat: places.map(({ repeat }) => String(repeat)) }),
    },
  };
}

function pooled(
  predictions: readonly LabelledPredictions[],
  evaluations: readonly EvaluationResult[],
): EvaluationResult {
  const labels = predictions[0]?.labels ?? [];
  const labelIds = predictions.flatMap((one) => one.labelIds);
  const probabilities = Float32Array.from(predictions.flatMap((one) => [...one.probabilities]));
  const cut = evaluations.reduce((sum, { rows, truncatedShare }) => sum + rows * truncatedShare, 0);
  return {
    ...evaluationOf(probabilities, labelIds, labels, []),
    truncatedShare: cut / labelIds.length,
  };
}
