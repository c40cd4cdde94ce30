/** Measuring a finished classifier on a labelled file, as it answers: calibrated, and with its class thresholds. */
import { encoderOf, OtzyvError, reliability, type SliceReport, thresholdedProbabilities } from '@otzyv/core';
import { encodeLabel, readReviews } from '../data/read.ts';
import { type EvaluationResult, evaluationOf } from '../training/evaluate.ts';
import { slicesOf } from '../training/slices.ts';
import type { Classifier, ModelAnswer } from './classifier.ts';
import { type Answer, type AnswerRule, answerRule, type Caution, decide } from './decision.ts';

/** A labelled file, and what its columns are called. */
export interface LabelledFile {
  readonly file: string;
  readonly textColumn: string;
  readonly labelColumn: string;
  /** Columns by which the measurement is sliced. */
  readonly sliceColumns?: readonly string[] | undefined;
  readonly skipBadRows?: boolean;
  readonly onBadRow?: (message: string) => void;
}

/** What stands in one. */
export interface LabelledRows {
  /** of the data, from 1 */
  readonly rows: readonly number[];
  readonly texts: readonly string[];
  readonly labelIds: readonly number[];
  /** of those asked for, by column */
  readonly columns: Readonly<Record<string, readonly string[]>>;
}

/** Which file to measure on. */
export interface EvaluateFileOptions extends LabelledFile, Caution {
  /** Called with the number of texts answered, of so many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was measured, of answers to all texts; and what the model's confidences are worth. */
export interface FileEvaluation extends EvaluationResult {
  readonly calibration: { readonly ece: number; readonly mce: number; readonly brier: number };
  readonly slices: SliceReport;
  /** Of the answers that are sure enough, where not every text is answered. */
  readonly answered?: {
    readonly minConfidence: number;
    readonly rows: number;
    /** share of the texts */
    readonly coverage: number;
    /** share of the answers that are right; 0 where there is none */
    readonly precision: number;
  };
}

/**
 * With class thresholds the metrics are those of probabilities that were weighted by them.
 * @throws OtzyvError `labels.unknown` for a label that the model does not know, with its file and row
 */
export async function evaluateFile(
  classifier: Classifier,
  options: EvaluateFileOptions,
): Promise<FileEvaluation> {
  const { texts, labelIds, columns } = await readLabelledFile(classifier.labels, options);
  const onProgress = (done: number) => options.onProgress?.(done, texts.length);
  const rule = answerRule(classifier.card?.decision, options);
  const { labels } = classifier;
  const { probabilities, truncated } = await classifier.predict(texts, { onProgress });
  const weighted = asAnswered(probabilities, rule);
  const answers = decide(probabilities, labels, rule);
  const confidences = answers.map(({ confidence }) => confidence);
  const { ece, mce, brier } = reliability(labelIds, probabilities, labels.length);
  const { minConfidence } = rule;
  return {
    ...evaluationOf(weighted, labelIds, labels, truncated),
    calibration: { ece, mce, brier },
    slices: slicesOf({ labels, texts, labelIds, probabilities: weighted, columns }, { confidences }),
    ...(minConfidence !== undefined && {
      answered: { minConfidence, ...answeredShare(answers, labelIds) },
    }),
  };
}

/** Probabilities whose greatest is the class that is answered. */
export function asAnswered(
  probabilities: ModelAnswer['probabilities'],
  { classThresholds }: Pick<AnswerRule, 'classThresholds'>,
): Float32Array {
  return classThresholds === undefined
    ? probabilities
    : thresholdedProbabilities(probabilities, classThresholds);
}

function answeredShare(answers: readonly Answer[], labelIds: readonly number[]) {
  const sure = answers.map(({ isUncertain }) => !isUncertain);
  const rows = sure.filter(Boolean).length;
  const right = answers.filter(({ labelId }, row) => sure[row] && labelId === labelIds[row]).length;
  return { rows, coverage: rows / answers.length, precision: right / Math.max(1, rows) };
}

/**
 * Rows that are marked as synthetic are left out.
 * @param labels of the model, by class id
 * @throws OtzyvError `labels.unknown` for a label that is none of them, with its file and row
 */
export async function readLabelledFile(
  labels: readonly string[],
  options: LabelledFile,
): Promise<LabelledRows> {
  const encoder = encoderOf(labels);
  const rows: number[] = [];
  const texts: string[] = [];
  const labelIds: number[] = [];
  const columns = Object.fromEntries(
    (options.sliceColumns ?? []).map((name): [string, string[]] => [name, []]),
  );
  const reviews = readReviews(options.file, {
    textColumn: options.textColumn,
    labelColumn: options.labelColumn,
    sliceColumns: options.sliceColumns,
    skipBadRows: options.skipBadRows === true,
    onBadRow: ({ message }) => options.onBadRow?.(message),
  });
  let synthetic = 0;
  for await (const review of reviews) {
    if (review.synthetic !== undefined) {
      synthetic++;
      continue;
    }
    rows.push(review.row);
    texts.push(review.text);
    labelIds.push(encodeLabel(encoder, review, options.file));
    for (const [name, values] of Object.entries(columns)) values.push(review.slices?.[name] ?? '');
  }
  if (texts.length === 0) {
    throw new OtzyvError(
      'data.empty-file',
      `${options.file} has no rows${synthetic > 0 ? ' but synthetic ones' : ''}`,
      'Name a file with texts and labels.',
    );
  }
  if (synthetic > 0) {
    options.onBadRow?.(`${options.file}: ${synthetic} rows, marked as synthetic: they are not measured on`);
  }
  return { rows, texts, labelIds, columns };
}
