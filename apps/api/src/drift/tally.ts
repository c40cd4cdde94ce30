/** What answers look like in sum: classes, confidence, and how much of the texts was unknown to the model. */
import type { ClassifiedText } from '../inference/classify.ts';

export interface Tally {
  texts: number;
  /** by class id */
  readonly classes: number[];
  /** by tenth */
  readonly confidence: number[];
  confidenceSum: number;
  /** Tokens, of a linear model words. */
  tokens: number;
  unknown: number;
}

/** What of an answer counts. */
export type Counted = Pick<ClassifiedText, 'labelId' | 'confidence' | 'reading'>;

const TENTHS = 10;

export function emptyTally(classes: number): Tally {
  const zeros = (length: number) => new Array<number>(length).fill(0);
  return {
    ...{ texts: 0, classes: zeros(classes), confidence: zeros(TENTHS), confidenceSum: 0 },
    ...{ tokens: 0, unknown: 0 },
  };
}

/** @param times -1 takes an answer out again */
export function count(tally: Tally, { labelId, confidence, reading }: Counted, times: 1 | -1 = 1): void {
  const tenth = Math.min(TENTHS - 1, Math.floor(confidence * TENTHS));
  tally.texts += times;
  tally.classes[labelId] = (tally.classes[labelId] ?? 0) + times;
  tally.confidence[tenth] = (tally.confidence[tenth] ?? 0) + times;
  tally.confidenceSum += times * confidence;
  tally.tokens += times * reading.tokens;
  tally.unknown += times * reading.unknown;
}
