/**
 * Tables as streams of rows: CSV, TSV and JSONL in UTF-8, of any length. A row that cannot be read is an error
 * that names its place, or is told of and left out, as the caller likes.
 */
import { createReadStream } from 'node:fs';
import { OtzyvError } from '@otzyv/core';
import { fileError } from '../files.ts';
import { delimitedRows } from './delimited.ts';
import { tableFormat } from './format.ts';
import { decodedLines } from './text-stream.ts';

export interface TableRow {
  readonly values: Readonly<Record<string, string>>;
  /** of the data, from 1: the header does not count */
  readonly row: number;
  /** of the file, from 1: where the row begins */
  readonly line: number;
}

export interface Table {
  /** of JSONL: the fields of the first row */
  readonly columns: readonly string[];
  /** Opens the file when it is begun, and closes it when it is left: at the end, by `break` or by an error. */
  readonly rows: AsyncIterable<TableRow>;
}

/** Why a row was left out. */
export interface BadRow {
  readonly line: number;
  /** with the file, the line, the row and the fault */
  readonly message: string;
}

export interface TableOptions {
  /** Leave bad rows out instead of stopping at the first. */
  readonly skipBadRows?: boolean;
  readonly onBadRow?: (row: BadRow) => void;
  /** The column that must hold text: a JSONL row with a number, a list or the like in it is bad. */
  readonly textColumn?: string;
}

/** Looks at the first row, for the columns; nothing is held open until `rows` are read. */
export async function openTable(path: string, options: TableOptions = {}): Promise<Table> {
  const { skipBadRows = false } = options;
  for await (const { values } of tableRows(path, { ...options, skipBadRows, onBadRow: () => undefined })) {
    return {
      columns: Object.keys(values),
      rows: { [Symbol.asyncIterator]: () => tableRows(path, options) },
    };
  }
  throw new OtzyvError(
    'data.empty-file',
    `${path} has no rows`,
    'The file needs a header line and rows below it.',
  );
}

type Fields = Record<string, string>;

/** Values, or what is wrong with them. */
interface RawRow {
  readonly line: number;
  readonly values: Fields | string;
}

async function* tableRows(path: string, options: TableOptions): AsyncGenerator<TableRow> {
  const { skipBadRows = false, onBadRow, textColumn } = options;
  const format = tableFormat(path);
  const lines = decodedLines(readChunks(path), path);
  let row = 0;
  for await (const { line, values } of format === 'jsonl'
    ? jsonRows(lines, textColumn)
    : namedRows(delimitedRows(lines, format === 'tsv' ? '\t' : undefined), path)) {
    row++;
    const fault = typeof values === 'string' ? values : nulFault(values);
    if (typeof values !== 'string' && fault === undefined) {
      yield { values, row, line };
      continue;
    }
    const message = `${path}, line ${line}: row ${row} ${fault}`;
    if (!skipBadRows) throw badRow(message);
    onBadRow?.({ line, message });
  }
}

function badRow(message: string): OtzyvError {
  return new OtzyvError(
    'data.bad-row',
    message,
    'Correct the row, or leave such rows out with --skip-bad-rows.',
  );
}

async function* namedRows(rows: ReturnType<typeof delimitedRows>, path: string): AsyncGenerator<RawRow> {
  let columns: string[] | undefined;
  for await (const { line, fields } of rows) {
    if (columns === undefined) {
      if ('fault' in fields) throw badRow(`${path}, line ${line}: the header ${fields.fault}`);
      columns = headerOf(fields, path);
    } else if ('fault' in fields) {
      yield { line, values: fields.fault };
    } else if (fields.length !== columns.length) {
      const count = `${fields.length} field${fields.length === 1 ? '' : 's'}`;
      yield {
        line,
        values: `has ${count} where the header has ${columns.length} (${columns.join(', ')})`,
      };
    } else {
      yield { line, values: Object.fromEntries(columns.map((name, i) => [name, fields[i] as string])) };
    }
  }
}

function headerOf(record: readonly string[], path: string): string[] {
  const columns = record.map((name) => name.trim());
  const fault = (message: string, hint: string) =>
    new OtzyvError('data.bad-header', `${path} ${message}`, hint);
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined) {
    throw fault(`has the column "${twice}" twice`, 'Give each column a name of its own.');
  }
  // otherwise the whole of such a file would be its header
  if (columns.some((name) => /\r(?!\n)/.test(name))) {
    throw fault(
      'has the line ends of an old Macintosh',
      String.raw`Convert it first: tr '\r' '\n' < FILE > NEW_FILE`,
    );
  }
  return columns;
}

async function* jsonRows(
  lines: AsyncIterable<string>,
  textColumn: string | undefined,
): AsyncGenerator<RawRow> {
  let line = 0;
  for await (const text of lines) {
    line++;
    if (text.trim() !== '') yield { line, values: parseJson(text, textColumn) };
  }
}

function parseJson(text: string, textColumn: string | undefined): Fields | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `is not valid JSON: ${(error as Error).message}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is not a JSON object';
  const entries = Object.entries(value);
  const [, mustBeText] = entries.find(([name]) => name === textColumn) ?? [];
  if (mustBeText !== undefined && mustBeText !== null && typeof mustBeText !== 'string') {
    return `has ${JSON.stringify(mustBeText).slice(0, 40)} in column "${textColumn}", which is not a text`;
  }
  return Object.fromEntries(entries.map(([name, field]) => [name, fieldText(field)]));
}

function fieldText(field: unknown): string {
  if (typeof field === 'string') return field;
  if (field === null || field === undefined) return '';
  return typeof field === 'object' ? JSON.stringify(field) : String(field);
}

function nulFault(values: Fields): string | undefined {
  for (const name in values) {
    if (values[name]?.includes('\0')) return `has a NUL character in column "${name}"`;
  }
  return undefined;
}

async function* readChunks(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Buffer;
  } catch (error) {
    throw fileError(error, path);
  }
}
