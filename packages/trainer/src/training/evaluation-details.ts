/**
 * Where a model errs while it is still being trained: scores by class, which class it takes for which, and the examples it
 * finds hardest. They stand in the log after every epoch, so they are kept small whatever the data.
 */
import { type ClassScores, evaluateProbabilities } from '@otzyv/core';
import type { Model, PredictOptions } from '../inference/classifier.ts';
import type { EvaluationResult } from './evaluate.ts';
import type { LabelledTexts } from './labelled-texts.ts';

export interface ClassScore extends ClassScores {
  readonly label: string;
}

/** An example to which the model gives the truth hardly any probability. */
export interface HardExample {
  /** at most 200 characters of it */
  readonly text: string;
  readonly truth: string;
  readonly predicted: string;
  /** that the model has in its answer, 0 … 1 */
  readonly confidence: number;
}

export interface EvaluationDetails {
  /** In the order of the labels; of very many classes, those with the most examples. */
  readonly perClass: readonly ClassScore[];
  /** counts by [truth][answer], of the classes in `perClass` */
  readonly confusion: readonly (readonly number[])[];
  /** the hardest first */
  readonly hardest: readonly HardExample[];
}

const MOST_CLASSES = 64;
const MOST_EXAMPLES = 10;
const MOST_CHARACTERS = 200;

/** What is told after each epoch: without intervals, whose bootstrap takes longer than some evaluations. */
export async function measureBriefly(
  model: Model,
  validation: LabelledTexts,
  options?: PredictOptions,
): Promise<Pick<EvaluationResult, 'metrics'> & EvaluationDetails> {
  const { labels } = model;
  const { probabilities } = await model.predict(validation.texts, options);
  const { metrics, ...found } = evaluateProbabilities(validation.labelIds, probabilities, labels.length);
  return { metrics, ...evaluationDetails({ labels, ...found, probabilities }, validation) };
}

export function evaluationDetails(
  { labels, report, confusion, probabilities }: Answers,
  { originals, labelIds }: Pick<LabelledTexts, 'originals' | 'labelIds'>,
): EvaluationDetails {
  const classes = labels.length;
  const shown = mostFrequent(report.classes);
  const at = (row: number, id: number) => probabilities[row * classes + id] as number;
  const answerOf = (row: number) => {
    let best = 0;
    for (let id = 1; id < classes; id++) if (at(row, id) > at(row, best)) best = id;
    return best;
  };
  return {
    perClass: shown.map((id) => ({ label: labels[id] as string, ...(report.classes[id] as ClassScores) })),
    confusion: shown.map((truth) => shown.map((answer) => confusion[truth]?.[answer] ?? 0)),
    hardest: leastLikely(labelIds, at).map((row) => {
      const answer = answerOf(row);
      return {
        text: beginningOf(originals[row] as string),
        truth: labels[labelIds[row] as number] as string,
        predicted: labels[answer] as string,
        confidence: at(row, answer),
      };
    }),
  };
}

interface Answers extends Pick<EvaluationResult, 'labels' | 'report' | 'confusion'> {
  /** [rows × classes] */
  readonly probabilities: Float32Array;
}

/** Whole characters: an emoji is two units of a string. */
function beginningOf(text: string): string {
  return [...text.slice(0, 2 * MOST_CHARACTERS)].slice(0, MOST_CHARACTERS).join('');
}

/** Ids in their order. */
function mostFrequent(classes: readonly ClassScores[]): number[] {
  const ids = [...classes.keys()];
  if (ids.length <= MOST_CLASSES) return ids;
  const support = (id: number) => classes[id]?.support ?? 0;
  return ids
    .sort((a, b) => support(b) - support(a) || a - b)
    .slice(0, MOST_CLASSES)
    .sort((a, b) => a - b);
}

/** Rows by the probability of their truth, the smallest first; one pass, which keeps a few. */
function leastLikely(labelIds: readonly number[], at: (row: number, id: number) => number): number[] {
  const kept: { row: number; likelihood: number }[] = [];
  labelIds.forEach((truth, row) => {
    const likelihood = at(row, truth);
    const last = kept[MOST_EXAMPLES - 1];
    if (last !== undefined && likelihood >= last.likelihood) return;
    const place = kept.findIndex((other) => likelihood < other.likelihood);
    kept.splice(place < 0 ? kept.length : place, 0, { row, likelihood });
    kept.length = Math.min(kept.length, MOST_EXAMPLES);
  });
  return kept.map(({ row }) => row);
}
