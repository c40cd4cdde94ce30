/**
 * Tables written row by row to a temporary name and renamed at the end: a reader never sees half a file.
 * Values are written as they are; a cell that begins with "=" stays one, unless the table is for a spreadsheet.
 */
import { open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { putInPlace } from '../durability.ts';
import { fileError, makeFolder, removeLeftovers, temporaryName } from '../files.ts';
import { fieldText, type TableFormat, tableFormat } from './format.ts';

/** A table that is being written; nobody sees it before `close`. */
export interface TableWriter {
  /** Many rows at once are written faster. JSONL keeps the types of the values. */
  write(...rows: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  /** Puts the file in its place. */
  close(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

/** How a table looks to the programs that read it. */
export interface TableLook {
  /** With the mark by which Excel knows UTF-8, and an apostrophe before what looks like a formula. */
  readonly forSpreadsheets?: boolean;
  /** Of CSV (default: a comma). */
  readonly delimiter?: string;
  /** The mark by which Excel knows UTF-8. */
  readonly hasByteOrderMark?: boolean;
}

/** Rows are gathered up to this many characters before they go to the disk. */
const BUFFERED = 2 ** 18;

/** What a spreadsheet takes for a formula. */
const FORMULA = /^[=+\-@]/;

/** @returns what a table begins with, and what each row is written as */
export function tableEncoder(
  format: TableFormat,
  columns: readonly string[],
  { forSpreadsheets = false, hasByteOrderMark = forSpreadsheets, delimiter: ofCsv = ',' }: TableLook = {},
): { readonly header: string; encode(values: Readonly<Record<string, unknown>>): string } {
  if (format === 'jsonl') return { header: '', encode: (values) => `${JSON.stringify(values)}\n` };
  const delimiter = format === 'tsv' ? '\t' : ofCsv;
  const needsQuotes = new RegExp(`["\\n\\r${delimiter}]`);
  // a blank line would be no row
  const cell = (text: string) => {
    const value = forSpreadsheets && FORMULA.test(text) ? `'${text}` : text;
    return needsQuotes.test(value) || (value === '' && columns.length === 1)
      ? `"${value.replaceAll('"', '""')}"`
      : value;
  };
  const line = (values: readonly string[]) => `${values.map(cell).join(delimiter)}\n`;
  return {
    header: (hasByteOrderMark ? '\uFEFF' : '') + line(columns),
    encode: (values) => line(columns.map((column) => fieldText(values[column]))),
  };
}

/** @param path its ending tells the format */
export async function openTableWriter(
  path: string,
  columns: readonly string[],
  look: TableLook = {},
): Promise<TableWriter> {
  const { header, encode } = tableEncoder(tableFormat(path), columns, look);
  const temporary = temporaryName(path);
  const orFileError = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw fileError(error, path);
    });

  await makeFolder(dirname(path));
  await orFileError(removeLeftovers(path));
  const handle = await orFileError(open(temporary, 'w'));
  let buffered = header;
  const flush = async () => {
    const text = buffered;
    buffered = '';
    await orFileError(handle.writeFile(text));
  };
  const discard = async () => {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
  };

  return {
    write: async (...rows) => {
      for (const values of rows) buffered += encode(values);
      if (buffered.length > BUFFERED) await flush();
    },
    close: async () => {
      try {
        await flush();
        await orFileError(putInPlace(handle, temporary, path));
      } catch (error) {
        await discard();
        throw error;
      }
    },
    discard,
  };
}

/** A name for a column that is added: as wanted, or else with `predicted_` before it, or a number behind. */
export function freeColumnName(columns: readonly string[], wanted: string): string {
  if (!columns.includes(wanted)) return wanted;
  let name = `predicted_${wanted}`;
  for (let n = 2; columns.includes(name); n++) name = `predicted_${wanted}_${n}`;
  return name;
}
