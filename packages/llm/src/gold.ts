/** Labels held to those of people, on the texts that both have. */
import { encoderOf, OtzyvError } from '@otzyv/core';
import { type EvaluationResult, evaluationOf, readReviews } from '@otzyv/trainer';

export interface GoldOptions {
  readonly file: string;
  readonly textColumn: string;
  readonly labelColumn: string;
}

export interface GoldResult {
  /** Of the gold file. */
  readonly rows: number;
  /** Rows of it that have no label of ours: another text, no answer, or several classes that the rules found alike. */
  readonly unanswered: number;
  /** On the rows that have one. */
  readonly evaluation: EvaluationResult;
  /** Of all rows, one without an answer counted as wrong. */
  readonly accuracyOfAll: number;
}

/**
 * @param labels in the order of the probabilities
 * @param answerTo [labels]; undefined where there is none
 * @throws OtzyvError `data.*`, `labels.unknown`, `data.no-overlap`
 */
export async function measureOnGold(
  { file, textColumn, labelColumn }: GoldOptions,
  labels: readonly string[],
  answerTo: (text: string) => { readonly probabilities: readonly number[] } | undefined,
): Promise<GoldResult> {
  const encoder = encoderOf(labels);
  const truth: number[] = [];
  const probabilities: number[] = [];
  let rows = 0;
  for await (const { text, label, row } of readReviews(file, { textColumn, labelColumn })) {
    rows++;
    const id = encoder.encode(label, row);
    const answer = answerTo(text);
    if (answer === undefined) continue;
    truth.push(id);
    probabilities.push(...answer.probabilities);
  }
  if (truth.length === 0) {
    throw new OtzyvError(
      'data.no-overlap',
      `no text of ${file} has a label: nothing can be compared`,
      'The gold file must hold texts of the input, written the same.',
    );
  }
  const evaluation = evaluationOf(Float32Array.from(probabilities), truth, labels, []);
  const right = (evaluation.metrics['accuracy'] as number) * truth.length;
  return { rows, unanswered: rows - truth.length, evaluation, accuracyOfAll: right / rows };
}
