/**
 * Which of a model's answers join its training rows. A model is surest of the classes it knows best, and a file that grows
 * by these alone makes it surer of them still: so of all confident texts no class gets more than its share of the training
 * rows, the surest of it first. What a class lacks no other gets in its place.
 */
import type { Answer } from '../inference/decision.ts';

/** An answer that is taken for a label. */
export interface PseudoLabel {
  /** of the text */
  readonly index: number;
  readonly labelId: number;
  /** what the text counts for in training */
  readonly weight: number;
}

export interface SelectOptions {
  /** training rows, by class id */
  readonly classCounts: readonly number[];
  /** what a text counts for that the model is entirely sure of */
  readonly pseudoWeight: number;
}

/**
 * @param answers to texts, by index; those that are uncertain do not join, and neither do texts without an answer
 * @returns in the order of the texts; and how many the model was sure of
 */
export function selectConfident(
  answers: readonly (Answer | undefined)[],
  { classCounts, pseudoWeight }: SelectOptions,
): { readonly chosen: PseudoLabel[]; readonly confident: number } {
  const sure = answers.flatMap((answer, index) =>
    answer === undefined || answer.isUncertain ? [] : [{ ...answer, index }],
  );
  const rows = classCounts.reduce((sum, count) => sum + count, 0);
  const chosen = classCounts.flatMap((count, id) =>
    sure
      .filter(({ labelId }) => labelId === id)
      .sort((a, b) => b.confidence - a.confidence || a.index - b.index)
      .slice(0, Math.ceil((sure.length * count) / rows))
      .map(({ index, labelId, confidence }) => ({ index, labelId, weight: confidence * pseudoWeight })),
  );
  return { chosen: chosen.sort((a, b) => a.index - b.index), confident: sure.length };
}
