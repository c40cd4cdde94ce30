/**
 * Tables as streams of rows: CSV, TSV and JSONL in UTF-8, of any length. A row that cannot be read is an error
 * that names its place, or is told of and left out, as the caller likes.
 */
import { createReadStream } from 'node:fs';
import { OtzyvError } from '@otzyv/core';
import { fileError } from '../files.ts';
import { delimitedRows, headerDelimiter } from './delimited.ts';
import { fieldText, tableFormat } from './format.ts';
import { decodedLines } from './text-stream.ts';
import type { TableLook } from './write.ts';

/** One row, by the names of its columns. */
export interface TableRow {
  readonly values: Readonly<Record<string, string>>;
  /** The same with the types that JSONL has. */
  readonly original: Readonly<Record<string, unknown>>;
  /** of the data, from 1: the header does not count */
  readonly row: number;
  /** of the file, from 1: where the row begins */
  readonly line: number;
}

/** A file of rows with named columns. */
export interface Table {
  /** In their order. Of JSONL: all that any row has, for which the file is read once. */
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

/** What to do with rows that cannot be read, and what to call on the way. */
export interface TableOptions {
  /** Leave bad rows out instead of stopping at the first. */
  readonly skipBadRows?: boolean;
  readonly onBadRow?: (row: BadRow) => void;
  /** The column that must hold text: a JSONL row with a number, a list or the like in it is bad. */
  readonly textColumn?: string;
  /** How far the file is read, in bytes, some ahead of the rows. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/** Looks at the columns; nothing is held open until `rows` are read. */
export async function openTable(path: string, options: TableOptions = {}): Promise<Table> {
  const columns = await (tableFormat(path) === 'jsonl' ? jsonColumns(path) : headerColumns(path));
  const { skipBadRows = false } = options;
  let fault: string | undefined;
  const onBadRow = ({ message }: BadRow) => {
    fault ??= message;
  };
  for await (const _ of tableRows(path, { ...options, skipBadRows, onBadRow })) {
    return { columns, rows: { [Symbol.asyncIterator]: () => tableRows(path, options) } };
  }
  throw new OtzyvError(
    'data.empty-file',
    fault === undefined ? `${path} has no rows` : `${path} has no row that can be read; ${fault}`,
    fault === undefined ? 'The file needs a header line and rows below it.' : 'Correct the rows.',
  );
}

/** @returns how to write a table that looks as this one does */
export async function lookOf(path: string): Promise<TableLook> {
  if (tableFormat(path) === 'jsonl') return {};
  let hasByteOrderMark = false;
  const chunks = async function* () {
    let isFirst = true;
    for await (const chunk of readChunks(path)) {
      if (isFirst) hasByteOrderMark = chunk.subarray(0, 3).equals(BYTE_ORDER_MARK);
      isFirst = false;
      yield chunk;
    }
  };
  for await (const line of decodedLines(chunks(), path)) {
    if (line.trim() !== '')
      return { hasByteOrderMark, delimiter: delimiterOf(path) ?? headerDelimiter(line) };
  }
  return { hasByteOrderMark };
}

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

async function headerColumns(path: string): Promise<string[]> {
  for await (const { line, fields } of delimitedRows(
    decodedLines(readChunks(path), path),
    delimiterOf(path),
  )) {
    if ('fault' in fields) throw badRow(`${path}, line ${line}: the header ${fields.fault}`);
    return headerOf(fields, path);
  }
  return [];
}

async function jsonColumns(path: string): Promise<string[]> {
  const columns = new Set<string>();
  for await (const text of decodedLines(readChunks(path), path)) {
    const row = parseJson(text);
    if (typeof row !== 'string') for (const name of Object.keys(row)) columns.add(name);
  }
  return [...columns];
}

type Fields = Record<string, unknown>;

/** Values, or what is wrong with them. */
interface RawRow {
  readonly line: number;
  readonly fields: Fields | string;
}

async function* tableRows(path: string, options: TableOptions): AsyncGenerator<TableRow> {
  const { skipBadRows = false, onBadRow, textColumn, onRead } = options;
  const lines = decodedLines(readChunks(path, onRead), path);
  let row = 0;
  const isJsonl = tableFormat(path) === 'jsonl';
  for await (const { line, fields } of isJsonl
    ? jsonRows(lines)
    : namedRows(delimitedRows(lines, delimiterOf(path)), path)) {
    row++;
    const fault = typeof fields === 'string' ? fields : faultOf(fields, textColumn);
    if (typeof fields !== 'string' && fault === undefined) {
      yield {
        values: isJsonl ? asTexts(fields) : (fields as TableRow['values']),
        original: fields,
        row,
        line,
      };
      continue;
    }
    const message = `${path}, line ${line}: row ${row} ${fault}`;
    if (!skipBadRows) throw badRow(message);
    onBadRow?.({ line, message });
  }
}

function asTexts(fields: Fields): TableRow['values'] {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldText(field)]));
}

function delimiterOf(path: string): '\t' | undefined {
  return tableFormat(path) === 'tsv' ? '\t' : undefined;
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
    if ('fault' in fields) {
      // what follows could not be named
      if (columns === undefined) throw badRow(`${path}, line ${line}: the header ${fields.fault}`);
      yield { line, fields: fields.fault };
      continue;
    }
    if (columns === undefined) {
      columns = headerOf(fields, path);
      continue;
    }
    const count = withoutEmptyEnd(fields, columns.length).length;
    if (count === columns.length) {
      yield { line, fields: Object.fromEntries(columns.map((name, i) => [name, fields[i] as string])) };
    } else {
      const found = `${count} field${count === 1 ? '' : 's'}`;
      yield {
        line,
        fields: `has ${found} where the header has ${columns.length} (${columns.join(', ')})`,
      };
    }
  }
}

/** Spreadsheets write empty cells to the right of a table. */
function withoutEmptyEnd(cells: readonly string[], least: number): readonly string[] {
  let end = cells.length;
  while (end > least && cells[end - 1] === '') end--;
  return cells.slice(0, end);
}

function headerOf(record: readonly string[], path: string): string[] {
  const columns = [
    ...withoutEmptyEnd(
      record.map((name) => name.trim()),
      1,
    ),
  ];
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

async function* jsonRows(lines: AsyncIterable<string>): AsyncGenerator<RawRow> {
  let line = 0;
  for await (const text of lines) {
    line++;
    if (text.trim() !== '') yield { line, fields: parseJson(text) };
  }
}

function parseJson(text: string): Fields | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `is not valid JSON: ${(error as Error).message}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is not a JSON object';
  return value as Fields;
}

function faultOf(fields: Fields, textColumn: string | undefined): string | undefined {
  const text = textColumn === undefined ? undefined : fields[textColumn];
  if (text !== undefined && text !== null && typeof text !== 'string') {
    return `has ${JSON.stringify(text).slice(0, 40)} in column "${textColumn}", which is not a text`;
  }
  for (const name in fields) {
    if (typeof fields[name] === 'string' && fields[name].includes('\0')) {
      return `has a NUL character in column "${name}"`;
    }
  }
  return undefined;
}

async function* readChunks(path: string, onRead?: (bytes: number) => void): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 18 })) {
      yield chunk as Buffer;
      bytes += (chunk as Buffer).length;
      onRead?.(bytes);
    }
  } catch (error) {
    throw fileError(error, path);
  }
}
