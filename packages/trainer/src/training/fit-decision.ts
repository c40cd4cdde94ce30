/**
 * What a model's scores are worth, learned on labelled rows that it has not seen. Numbers that tell how well it works are
 * cross-fitted: each row is measured with what the other rows teach.
 */

import {
  answers,
  applyTemperature,
  createRandom,
  crossFit,
  dealtParts,
  fitClassThresholds,
  fitTemperature,
  logLoss,
  minConfidenceFor,
  type Reliability,
  rejectionCurve,
  reliability,
  thresholdedAnswers,
  weightedF1,
} from '@otzyv/core';
import { rowsOf } from '../inference/probability-table.ts';
import { type Decision, UNCERTAIN_LABEL } from '../model/decision-schema.ts';
import type { LabelledPredictions } from './predictions-file.ts';

/** Answers to labelled texts, before any calibration. */
export type Scores = Pick<LabelledPredictions, 'labelIds' | 'probabilities' | 'labels'>;

/** What is learned beside the temperature. */
export interface DecisionOptions {
  /** Factors for classes, kept where they surely raise the weighted F1. */
  readonly classThresholds?: boolean | undefined;
  /** Choose the least confidence by the precision of what is answered from it on … */
  readonly targetPrecision?: number | undefined;
  /** … or take this one. */
  readonly minConfidence?: number | undefined;
}

export interface FittedDecision {
  readonly decision: Decision;
  /** Of the scores as they are. */
  readonly before: Reliability;
  /** With temperatures that were learned without the rows measured. */
  readonly after: Reliability;
}

const PARTS = 5;
const SAMPLES = 500;
/** Share of resamples in which class thresholds must be better to be kept. */
const SURELY = 0.9;

/**
 * @param file that the texts come from, for the record
 * @throws OtzyvError `options.target-precision` where no confidence gives it
 */
export function fitDecision(
  { labelIds, probabilities, labels }: Scores,
  file: string,
  { classThresholds: areThresholdsAsked = false, targetPrecision, minConfidence }: DecisionOptions = {},
): FittedDecision {
  const classes = labels.length;
  const parts = dealtParts(labelIds, PARTS);
  const mended = crossCalibrated(labelIds, probabilities, classes, parts);
  const isMended = logLoss(labelIds, mended, classes) < logLoss(labelIds, probabilities, classes);
  const temperature = isMended ? fitTemperature(labelIds, probabilities, classes) : 1;
  const after = isMended ? mended : probabilities;

  const calibrated = applyTemperature(probabilities, classes, temperature);
  const top = answers(calibrated, classes);
  const thresholds = areThresholdsAsked
    ? fitThresholds(labelIds, calibrated, classes, parts, top)
    : undefined;
  const predicted = thresholds?.factors === undefined ? top : thresholds.predicted;
  const confidences = predicted.map((id, row) => calibrated[row * classes + id] as number);
  const rejection = rejectionCurve(labelIds, predicted, confidences);
  const least =
    minConfidence ??
    (targetPrecision === undefined ? undefined : minConfidenceFor(targetPrecision, rejection).minConfidence);
  return {
    decision: {
      temperature,
      ...(thresholds?.factors !== undefined && { classThresholds: thresholds.factors }),
      ...(least !== undefined && { minConfidence: least }),
      uncertainLabel: UNCERTAIN_LABEL,
      measured: {
        file,
        rows: labelIds.length,
        before: errorsOf(labelIds, probabilities, classes),
        after: errorsOf(labelIds, after, classes),
        ...(thresholds && { classThresholds: { f1Weighted: thresholds.f1Weighted } }),
        ...(targetPrecision !== undefined && { targetPrecision }),
        rejection,
      },
    },
    before: reliability(labelIds, probabilities, classes),
    after: reliability(labelIds, after, classes),
  };
}

function errorsOf(truth: readonly number[], probabilities: Float32Array, classes: number) {
  const { ece, mce, brier } = reliability(truth, probabilities, classes);
  return { ece, mce, brier, logLoss: logLoss(truth, probabilities, classes) };
}

function crossCalibrated(
  truth: readonly number[],
  probabilities: Float32Array,
  classes: number,
  parts: readonly number[][],
): Float32Array {
  const result = new Float32Array(probabilities.length);
  crossFit(
    parts,
    (rows) => fitTemperature(pick(truth, rows), rowsOf(probabilities, rows, classes), classes),
    (temperature, rows) => {
      const mended = applyTemperature(rowsOf(probabilities, rows, classes), classes, temperature);
      rows.forEach((row, i) => {
        result.set(mended.subarray(i * classes, (i + 1) * classes), row * classes);
      });
    },
  );
  return result;
}

/** @param top the answers without thresholds @returns no factors where they do not surely help */
function fitThresholds(
  truth: readonly number[],
  probabilities: Float32Array,
  classes: number,
  parts: readonly number[][],
  top: readonly number[],
) {
  const predicted = new Array<number>(truth.length).fill(0);
  crossFit(
    parts,
    (rows) => fitClassThresholds(pick(truth, rows), rowsOf(probabilities, rows, classes), classes),
    (factors, rows) => {
      const answered = thresholdedAnswers(rowsOf(probabilities, rows, classes), factors);
      rows.forEach((row, i) => {
        predicted[row] = answered[i] as number;
      });
    },
  );
  const isWorthIt = shareOfRises(truth, top, predicted, classes) >= SURELY;
  return {
    factors: isWorthIt ? fitClassThresholds(truth, probabilities, classes) : undefined,
    predicted,
    f1Weighted: {
      without: weightedF1(truth, top, classes),
      with: weightedF1(truth, predicted, classes),
    },
  };
}

/** Of resamples of the rows, the share in which the weighted F1 of `after` is higher: a paired bootstrap. */
function shareOfRises(
  truth: readonly number[],
  before: readonly number[],
  after: readonly number[],
  classes: number,
): number {
  const random = createRandom(0, 'class-thresholds');
  let rises = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const rows = truth.map(() => random.integer(truth.length));
    const f1 = (predicted: readonly number[]) =>
      weightedF1(pick(truth, rows), pick(predicted, rows), classes);
    if (f1(after) > f1(before)) rises++;
  }
  return rises / SAMPLES;
}

export function pick(values: readonly number[], rows: readonly number[]): number[] {
  return rows.map((row) => values[row] as number);
}
