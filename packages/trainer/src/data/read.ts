/** Reviews out of a table: a text, its label, perhaps its group. */
import { type LabelEncoder, OtzyvError } from '@otzyv/core';
import { type Synthetic, syntheticMark } from './synthetic.ts';
import { openTable, type TableOptions } from './table.ts';

/** A text with its label, as they stand in a file. */
export interface Review {
  readonly text: string;
  readonly label: string;
  /** of the data, from 1 */
  readonly row: number;
  /** absent where no group column was named */
  readonly group?: string;
  /** What it counts for in training, above zero; absent where no such column was named. */
  readonly weight?: number;
  /** what else was asked for, by column */
  readonly slices?: Readonly<Record<string, string>>;
  /** absent where somebody wrote it */
  readonly synthetic?: Synthetic;
}

/** Which columns hold what. */
export interface ReviewOptions extends TableOptions {
  readonly textColumn: string;
  readonly labelColumn: string;
  readonly groupColumn?: string | undefined;
  /** Numbers above zero: what each row counts for. */
  readonly weightColumn?: string | undefined;
  /** Further columns, by which a measurement is sliced. */
  readonly sliceColumns?: readonly string[] | undefined;
}

/**
 * Labels are trimmed. A row without a label, or with a weight that is none, is a bad row; an empty text is given as it is,
 * for the caller to count and to leave out.
 */
export async function* readReviews(path: string, options: ReviewOptions): AsyncGenerator<Review> {
  const { textColumn, labelColumn, groupColumn, weightColumn, sliceColumns } = options;
  const { skipBadRows = false, onBadRow } = options;
  const table = await openTable(path, options);
  requireColumn(table.columns, textColumn, path, '--text-column', 'texts');
  requireColumn(table.columns, labelColumn, path, '--label-column', 'labels');
  if (groupColumn !== undefined) requireColumn(table.columns, groupColumn, path, '--group-column', 'groups');
  if (weightColumn !== undefined)
    requireColumn(table.columns, weightColumn, path, '--weight-column', 'weights');
  for (const column of sliceColumns ?? [])
    requireColumn(table.columns, column, path, '--slice-column', 'slices');
  for await (const { values, row, line } of table.rows) {
    const text = values[textColumn];
    const label = values[labelColumn]?.trim() ?? '';
    const weight = weightColumn === undefined ? undefined : weightIn(values[weightColumn]);
    // a line of JSONL may lack the text altogether
    const isLacking = text === undefined || label === '';
    if (isLacking || Number.isNaN(weight)) {
      const fault = isLacking
        ? `nothing in column "${text === undefined ? textColumn : labelColumn}"`
        : `"${values[weightColumn as string] ?? ''}" in column "${weightColumn}", which is not a weight`;
      const message = `${path}, line ${line}: row ${row} has ${fault}`;
      if (!skipBadRows) {
        const mend = isLacking ? 'Fill it in' : 'Write a number above zero';
        throw new OtzyvError(
          'data.bad-row',
          message,
          `${mend}, or leave such rows out with --skip-bad-rows.`,
        );
      }
      onBadRow?.({ line, message });
      continue;
    }
    const synthetic = syntheticMark(values);
    yield {
      text,
      label,
      row,
      ...(synthetic !== undefined && { synthetic }),
      ...(groupColumn !== undefined && { group: values[groupColumn] ?? '' }),
      ...(weight !== undefined && { weight }),
      ...(sliceColumns !== undefined && {
        slices: Object.fromEntries(sliceColumns.map((column) => [column, values[column]?.trim() ?? ''])),
      }),
    };
  }
}

/** @returns a number above zero, also in the float32 of the engines, or NaN */
function weightIn(field: string | undefined): number {
  const weight = Number(field?.trim() || Number.NaN);
  const single = Math.fround(weight);
  return single > 0 && Number.isFinite(single) ? weight : Number.NaN;
}

/** @throws OtzyvError `labels.unknown` with the file and the row */
export function encodeLabel(
  encoder: LabelEncoder,
  { label, row }: Pick<Review, 'label' | 'row'>,
  file: string,
): number {
  try {
    return encoder.encode(label, row);
  } catch (error) {
    if (!(error instanceof OtzyvError)) throw error;
    throw new OtzyvError(error.code, `${file}: ${error.message}`, error.hint, { cause: error });
  }
}

/** @throws OtzyvError `data.missing-column` that lists the columns there are */
export function requireColumn(
  columns: readonly string[],
  column: string,
  path: string,
  flag: string,
  what: string,
): void {
  if (columns.includes(column)) return;
  throw new OtzyvError(
    'data.missing-column',
    `${path} has no column "${column}" (found: ${columns.join(', ')})`,
    `Name the column that holds the ${what} with ${flag}.`,
  );
}

/** Fails early where a file to predict has no column of texts. */
export async function requireTextColumn(path: string, textColumn: string): Promise<void> {
  const { columns } = await openTable(path, { skipBadRows: true });
  requireColumn(columns, textColumn, path, '--text-column', 'texts');
}
