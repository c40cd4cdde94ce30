/** Measuring a finished classifier on a labelled file. */
import { encoderOf, OtzyvError } from '@otzyv/core';
import { encodeLabel, readReviews } from '../data/read.ts';
import { type EvaluationResult, measure } from '../training/evaluate.ts';
import type { Classifier } from './classifier.ts';

/** A labelled file, and what its columns are called. */
export interface LabelledFile {
  readonly file: string;
  readonly textColumn: string;
  readonly labelColumn: string;
  readonly skipBadRows?: boolean;
  readonly onBadRow?: (message: string) => void;
}

/** What stands in one. */
export interface LabelledRows {
  /** of the data, from 1 */
  readonly rows: readonly number[];
  readonly texts: readonly string[];
  readonly labelIds: readonly number[];
}

/** Which file to measure on. */
export interface EvaluateFileOptions extends LabelledFile {
  /** Called with the number of texts answered, of so many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws OtzyvError `labels.unknown` for a label that the model does not know, with its file and row */
export async function evaluateFile(
  classifier: Classifier,
  options: EvaluateFileOptions,
): Promise<EvaluationResult> {
  const { texts, labelIds } = await readLabelledFile(classifier.labels, options);
  const onProgress = (done: number) => options.onProgress?.(done, texts.length);
  return (await measure(classifier, texts, labelIds, { onProgress })).result;
}

/**
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
  const reviews = readReviews(options.file, {
    textColumn: options.textColumn,
    labelColumn: options.labelColumn,
    skipBadRows: options.skipBadRows === true,
    onBadRow: ({ message }) => options.onBadRow?.(message),
  });
  for await (const review of reviews) {
    rows.push(review.row);
    texts.push(review.text);
    labelIds.push(encodeLabel(encoder, review, options.file));
  }
  if (texts.length === 0) {
    throw new OtzyvError(
      'data.empty-file',
      `${options.file} has no rows`,
      'Name a file with texts and labels.',
    );
  }
  return { rows, texts, labelIds };
}
