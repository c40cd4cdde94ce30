/**
 * `eval_results.json`: what was measured on the validation data, under the names that transformers' Trainer and
 * scikit-learn give it, so that people's scripts find what they look for.
 */
import { join } from 'node:path';
import { classificationReport, METRIC_NAMES, type SliceReport, sklearnReport } from '@otzyv/core';
import { z } from 'zod';
import { readJson, writeJson } from '../files.ts';
import { type Decision, decisionSchema } from '../model/decision-schema.ts';
import type { EvaluationResult } from './evaluate.ts';

const intervalSchema = z.object({ low: z.number(), high: z.number() });

const intervalsSchema = z.object({
  confidence: z.number(),
  metrics: z.record(z.enum(METRIC_NAMES), intervalSchema),
  classes: z.array(z.object({ precision: intervalSchema, recall: intervalSchema, f1: intervalSchema })),
});

const resultsSchema = z.looseObject({
  eval_samples: z.int(),
  labels: z.array(z.string()),
  baseline: z.record(z.string(), z.number()),
  confusion_matrix: z.array(z.array(z.number())),
  truncated_share: z.number(),
  decision: decisionSchema.optional(), // runs of earlier versions had none
  intervals: intervalsSchema.optional(), // runs of earlier versions had none
});

/** What else is known of answers that were measured. */
export interface Findings {
  /** What was learned from them; the metrics are those of the scores before it. */
  readonly decision?: Decision;
  readonly slices?: SliceReport;
}

/** @param seconds that answering the validation texts took */
export function writeResults(
  run: string,
  result: EvaluationResult,
  seconds: number,
  { decision, slices }: Findings = {},
): Promise<void> {
  const { ece, brier } = decision?.measured.before ?? {};
  return writeJson(resultsPath(run), {
    ...evalMetrics({
      ...result.metrics,
      ...(ece !== undefined && { ece }),
      ...(brier !== undefined && { brier }),
    }),
    eval_runtime: seconds,
    eval_samples: result.rows,
    eval_samples_per_second: result.rows / seconds,
    labels: result.labels,
    ...(result.intervals !== undefined && { intervals: result.intervals }),
    baseline: result.baseline,
    classification_report: sklearnReport(result.report, result.labels),
    confusion_matrix: result.confusion,
    truncated_share: result.truncatedShare,
    decision,
    slices,
  });
}

/** @returns undefined where an earlier version measured the run */
export async function readDecision(run: string): Promise<Decision | undefined> {
  return resultsSchema.parse(await readJson(resultsPath(run))).decision;
}

export async function readResults(run: string): Promise<EvaluationResult> {
  const results = resultsSchema.parse(await readJson(resultsPath(run)));
  const metrics = Object.keys(results.baseline).map((name) => [name, Number(results[`eval_${name}`])]);
  return {
    rows: results.eval_samples,
    labels: results.labels,
    metrics: Object.fromEntries(metrics),
    ...(results.intervals !== undefined && { intervals: results.intervals }),
    baseline: results.baseline,
    report: classificationReport(results.confusion_matrix),
    confusion: results.confusion_matrix,
    truncatedShare: results.truncated_share,
  };
}

/** @returns how many rows a finished run was trained on, by `train_results.json` */
export async function readTrainedRows(run: string): Promise<number> {
  const results = z.looseObject({ train_samples: z.int() });
  return results.parse(await readJson(join(run, 'train_results.json'))).train_samples;
}

/** Metrics under the Trainer's names; its `eval_loss` is the mean cross-entropy, here never weighted. */
export function evalMetrics(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return {
    ...(metrics['log_loss'] !== undefined && { eval_loss: metrics['log_loss'] }),
    ...Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`eval_${name}`, value])),
  };
}

function resultsPath(run: string): string {
  return join(run, 'eval_results.json');
}
