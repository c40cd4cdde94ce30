/**
 * From probabilities to answers: whatever asks a classifier for a label asks here, so that a file, a measurement and a
 * service say the same.
 */
import { applyTemperature, minConfidenceFor, OtzyvError, thresholdedAnswers } from '@otzyv/core';
import { type Decision, UNCERTAIN_LABEL } from '../model/decision-schema.ts';
import type { Classifier } from './classifier.ts';

/** What to answer a text. */
export interface Answer {
  readonly labelId: number;
  /** The best guess, also where it is not to be trusted. */
  readonly label: string;
  /** The probability of that label, calibrated where the model is. */
  readonly confidence: number;
  /** Its confidence is below the least that was asked for. */
  readonly isUncertain: boolean;
}

/** What of a decision is left to do once probabilities are calibrated. */
export type AnswerRule = Pick<Decision, 'classThresholds' | 'minConfidence' | 'uncertainLabel'>;

/**
 * @param probabilities [texts × classes], as a classifier gives them
 * @param labels        by class id
 */
export function decide(
  probabilities: Float32Array,
  labels: readonly string[],
  { classThresholds, minConfidence = 0 }: Omit<AnswerRule, 'uncertainLabel'> = {},
): Answer[] {
  const factors = classThresholds ?? labels.map(() => 1);
  return thresholdedAnswers(probabilities, factors).map((labelId, row) => {
    const confidence = probabilities[row * labels.length + labelId] as number;
    const label = labels[labelId] as string;
    return { labelId, label, confidence, isUncertain: confidence < minConfidence };
  });
}

/** What a person may ask for instead of what is stored with the model. */
export interface Caution {
  /** Answer only from this confidence on; 0 answers everything. */
  readonly minConfidence?: number | undefined;
  /** Answer from the lowest confidence on that gives this precision by what was measured when the model was calibrated. */
  readonly targetPrecision?: number | undefined;
}

/**
 * @param decision stored with the model; absent where it was never calibrated
 * @throws OtzyvError `options.target-precision` where no confidence gives it, or nothing was measured
 */
export function answerRule(
  decision: Decision | undefined,
  { minConfidence, targetPrecision }: Caution = {},
): AnswerRule {
  const { uncertainLabel, ...stored } = { uncertainLabel: UNCERTAIN_LABEL, ...decision };
  const rule = stored.classThresholds === undefined ? {} : { classThresholds: stored.classThresholds };
  if (targetPrecision !== undefined && decision === undefined) {
    throw new OtzyvError(
      'options.target-precision',
      'which confidence gives a precision is not known of this model: it was never calibrated',
      'Calibrate it: otzyv calibrate --model FOLDER --validation FILE, or name a --min-confidence.',
    );
  }
  const least =
    minConfidence ??
    (targetPrecision === undefined
      ? stored.minConfidence
      : minConfidenceFor(targetPrecision, decision?.measured.rejection ?? []).minConfidence);
  return { ...rule, uncertainLabel, ...(least !== undefined && { minConfidence: least }) };
}

/** Answers with calibrated probabilities. A text with nothing in it keeps the shares of the classes: those are no model's. */
export function calibrated(classifier: Classifier): Classifier {
  const temperature = classifier.card?.decision?.temperature ?? 1;
  if (temperature === 1) return classifier;
  const classes = classifier.labels.length;
  return {
    ...classifier,
    predict: async (texts, options) => {
      const answer = await classifier.predict(texts, options);
      const probabilities = applyTemperature(answer.probabilities, classes, temperature);
      answer.empty.forEach((isEmpty, row) => {
        const [from, to] = [row * classes, (row + 1) * classes];
        if (isEmpty) probabilities.set(answer.probabilities.subarray(from, to), from);
      });
      return { ...answer, probabilities };
    },
  };
}

/** The classifier as if it had never been calibrated. */
export function uncalibrated(classifier: Classifier): Classifier {
  if (classifier.card === undefined) return classifier;
  const { decision: _, ...card } = classifier.card;
  return { ...classifier, card };
}
