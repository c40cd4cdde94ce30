/** Where a measured model is weak: by the columns that its rows came with, by the length of the texts, by confidence. */
import { byConfidence, byLength, type SliceOptions, type SliceReport, sliceReport } from '@otzyv/core';
import type { LabelledPredictions } from './predictions-file.ts';

/** Columns that say how rows were dealt out, not what they are. */
const DEALT = ['fold', 'repeat'];

/**
 * Every metric by each column of the predictions, by text length, and by confidence.
 * @param confidences of the answers; absent: their scores
 */
export function slicesOf(
  { labels, texts, labelIds, probabilities, columns }: Omit<LabelledPredictions, 'rows'>,
  { confidences, ...options }: SliceOptions & { readonly confidences?: readonly number[] } = {},
): SliceReport {
  const classes = labels.length;
  const ofColumns = Object.entries(columns)
    .filter(([by]) => !DEALT.includes(by))
    .map(([by, sliceOf]) => ({ by, sliceOf }));
  const scores = () =>
    texts.map((_, row) => Math.max(...probabilities.subarray(row * classes, (row + 1) * classes)));
  const slicings = [...ofColumns, byLength(texts), byConfidence(confidences ?? scores())];
  return sliceReport(labelIds, probabilities, classes, slicings, options);
}
