/**
 * What an audit found, as a table that a person works through in a spreadsheet, and what that person decided. The
 * column `decision` is all that counts: `exclude` leaves a row out of training, a label gives the row that label, `keep`
 * or nothing leaves it as it is.
 */
import { normalizedForComparison, OtzyvError } from '@otzyv/core';
import type { Review } from '../data/read.ts';
import { openTable } from '../data/table.ts';
import { openTableWriter } from '../data/write.ts';
import type { Finding, LabelledRow } from './audit.ts';

/** The text comes last: it is the longest. */
const COLUMNS = [
  ...['decision', 'kind', 'row', 'label', 'suggested_label', 'quality'],
  ...['other_rows', 'validation_rows', 'text'],
];

/** @param path its ending tells the format */
export async function writeAudit(path: string, findings: readonly Finding[]): Promise<void> {
  const writer = await openTableWriter(path, COLUMNS, { forSpreadsheets: true });
  try {
    for (const found of findings) {
      await writer.write({
        decision: found.decision,
        kind: found.kinds.join('+'),
        row: String(found.row),
        label: found.label,
        suggested_label: found.suggestedLabel ?? '',
        quality: found.quality?.toFixed(4) ?? '',
        other_rows: listed(found.otherRows),
        validation_rows: listed(found.validationRows),
        text: found.text,
      });
    }
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** Of texts that hundreds of rows have, the first. */
const LISTED = 10;

function listed(rows: readonly LabelledRow[]): string {
  const shown = rows.slice(0, LISTED).map(({ row, label }) => `${row} ${label}`);
  return [...shown, ...(rows.length > LISTED ? [`${rows.length - LISTED} more`] : [])].join('; ');
}

/** What is to be done with a row of the training file. */
export type RowDecision =
  | { readonly kind: 'keep' }
  | { readonly kind: 'exclude' }
  | { readonly kind: 'relabel'; readonly label: string };

/** A review, and what was decided about it. */
export type DecidedReview = Review & { readonly decision: RowDecision };

/** What a person decided, by row of the training file. */
export interface RowDecisions {
  readonly file: string;
  readonly byRow: ReadonlyMap<number, { readonly text: string; readonly decision: RowDecision }>;
}

/** @throws OtzyvError `data.missing-column`, `data.bad-row` */
export async function readRowDecisions(file: string): Promise<RowDecisions> {
  const { columns, rows } = await openTable(file, {});
  const lacking = ['decision', 'row', 'text'].find((name) => !columns.includes(name));
  if (lacking !== undefined) {
    throw new OtzyvError(
      'data.missing-column',
      `${file} has no column "${lacking}" (found: ${columns.join(', ')})`,
      'Name the file that otzyv audit wrote.',
    );
  }
  const byRow = new Map<number, { text: string; decision: RowDecision }>();
  for await (const { values, line } of rows) {
    const [row, decision] = [Number(values['row']), decisionOf(values['decision'] ?? '')];
    if (!Number.isInteger(row) || row < 1 || byRow.has(row)) {
      const fault = byRow.has(row) ? `row ${row} is there twice` : `"${values['row']}" is no number of a row`;
      throw new OtzyvError(
        'data.bad-row',
        `${file}, line ${line}: ${fault}`,
        'Correct the line, or delete it.',
      );
    }
    byRow.set(row, { text: values['text'] ?? '', decision });
  }
  return { file, byRow };
}

function decisionOf(cell: string): RowDecision {
  const word = cell.trim();
  switch (word.toLowerCase()) {
    case '':
    case 'keep':
      return { kind: 'keep' };
    case 'exclude':
      return { kind: 'exclude' };
    default:
      return { kind: 'relabel', label: word };
  }
}

const KEEP: RowDecision = { kind: 'keep' };

/**
 * The reviews of a file with what was decided about them.
 * @throws OtzyvError `data.other-file` where a row's text is not the one that was decided about
 */
export async function* decided(
  reviews: AsyncIterable<Review>,
  { file, byRow }: RowDecisions,
  reviewsFile: string,
): AsyncGenerator<DecidedReview> {
  const left = new Set(byRow.keys());
  for await (const review of reviews) {
    const known = byRow.get(review.row);
    left.delete(review.row);
    if (known !== undefined && !isSameText(known.text, review.text))
      throw otherFile(file, review.row, reviewsFile, 'has another text there');
    yield { ...review, decision: known?.decision ?? KEEP };
  }
  for (const row of left) throw otherFile(file, row, reviewsFile, 'has no such row');
}

/** Spreadsheets change line breaks, and the audit's file puts an apostrophe before what they take for a formula. */
export function isSameText(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => normalizedForComparison(text));
  return left === right && (left !== '' || a.replace(/^'/, '').trim() === b.replace(/^'/, '').trim());
}

function otherFile(file: string, row: number, reviewsFile: string, fault: string): OtzyvError {
  return new OtzyvError(
    'data.other-file',
    `${file} speaks of row ${row}, and ${reviewsFile} ${fault}`,
    `It belongs to another file, or to an earlier state of this one: run otzyv audit on ${reviewsFile} as it is now.`,
  );
}
