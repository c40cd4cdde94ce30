/** What a second person said of the same texts, whatever the order of their file and the rows that it leaves out. */
import { normalizedForComparison, OtzyvError } from '@otzyv/core';
import type { FileRow } from './labelling-file.ts';

/** Of the smaller of the two files, this share of the texts has to be in the other: «Отлично» alone is in any two. */
const LEAST_COMMON = 0.5;

/**
 * Equal texts are paired in the order in which they stand.
 * @returns labels by row of the first file
 * @throws OtzyvError `data.other-file` where the texts are others, `data.no-labels`
 */
export function secondLabels(
  rows: readonly FileRow[],
  second: readonly FileRow[],
  file: string,
  secondFile: string,
): Map<number, string> {
  if (second.every(({ label }) => label === undefined)) {
    throw new OtzyvError(
      'data.no-labels',
      `${secondFile} has no labels`,
      'Name the column that holds them with --label-column, or another file with --second.',
    );
  }
  const waiting = new Map<string, FileRow[]>();
  for (const one of second) {
    const key = keyOf(one.text);
    const queue = waiting.get(key);
    if (queue === undefined) waiting.set(key, [one]);
    else queue.push(one);
  }
  const labels = new Map<number, string>();
  let common = 0;
  for (const { row, text } of rows) {
    const queue = waiting.get(keyOf(text));
    const twin = queue === undefined || queue.length === 1 ? queue?.[0] : queue.shift();
    if (twin === undefined) continue;
    common++;
    if (twin.label !== undefined) labels.set(row, twin.label);
  }
  if (common < LEAST_COMMON * Math.min(rows.length, second.length)) {
    throw new OtzyvError(
      'data.other-file',
      `${secondFile} has other texts than ${file}: ${common} of ${second.length} are in both`,
      'Name the file in which a second person labelled the same texts.',
    );
  }
  return labels;
}

/** Spreadsheets change line breaks and spaces; a text of signs alone is itself. */
function keyOf(text: string): string {
  return normalizedForComparison(text) || text.trim();
}
