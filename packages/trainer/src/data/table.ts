/**
 * Tables as streams of rows: CSV, TSV and JSONL in UTF-8, of any length. A row that cannot be read is an error
 * that names its place, or is counted and left out, as the caller likes.
 */
import { createReadStream } from 'node:fs';
import { OtzyvError } from '@otzyv/core';
import { CsvError, parse } from 'csv-parse';
import { fileError } from '../files.ts';
import { tableFormat } from './format.ts';
import { decodeUtf8, lines } from './text-stream.ts';

export interface TableRow {
  readonly values: Readonly<Record<string, string>>;
  /** of the data, from 1: the header does not count */
  readonly row: number;
  /** of the file, from 1: where the row begins */
  readonly line: number;
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: AsyncIterable<TableRow>;
}

/** Why a row was left out. */
export interface BadRow {
  readonly line: number;
  /** with the file, the line and the fault */
  readonly message: string;
}

export interface TableOptions {
  /** Leave bad rows out instead of stopping at the first. */
  readonly skipBadRows?: boolean;
  readonly onBadRow?: (row: BadRow) => void;
}

export async function openTable(path: string, options: TableOptions = {}): Promise<Table> {
  const format = tableFormat(path);
  const faults = faultHandler(path, options);
  const parsed = format === 'jsonl' ? jsonRows(path, faults) : delimitedRows(path, format, faults);
  const first = await parsed.next();
  if (first.done) {
    throw new OtzyvError(
      'data.empty-file',
      `${path} has no rows`,
      'The file needs a header line and rows below it.',
    );
  }
  const columns = Object.keys(first.value.values);
  return { columns, rows: prepend(first.value, parsed) };
}

type FaultHandler = (line: number, fault: string) => void;

function faultHandler(path: string, { skipBadRows = false, onBadRow }: TableOptions): FaultHandler {
  return (line, fault) => {
    const message = `${path}, line ${line}: ${fault}`;
    if (!skipBadRows)
      throw new OtzyvError(
        'data.bad-row',
        message,
        'Correct the row, or leave such rows out with --skip-bad-rows.',
      );
    onBadRow?.({ line, message });
  };
}

async function* delimitedRows(
  path: string,
  format: 'csv' | 'tsv',
  fault: FaultHandler,
): AsyncGenerator<TableRow> {
  const text = decodeUtf8(readChunks(path), path);
  const first = await text.next();
  const beginning = first.done ? '' : first.value;
  const delimiter = format === 'tsv' ? '\t' : csvDelimiter(beginning);
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    relax_column_count: true, // counted below, where the row's place is known
    skip_empty_lines: true,
    quote: '"',
  });
  const feeding = (async () => {
    try {
      for await (const chunk of prepend(beginning, text)) {
        if (!parser.write(chunk)) await new Promise((resolve) => parser.once('drain', resolve));
      }
      parser.end();
    } catch (error) {
      parser.destroy(error as Error);
    }
  })();

  let columns: string[] | undefined;
  let row = 0;
  let line = 1;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      const begins = line;
      line = info.lines + 1;
      if (columns === undefined) {
        columns = headerOf(record, path);
        continue;
      }
      row++;
      const problem = rowFault(record, columns);
      if (problem !== undefined) {
        fault(begins, problem);
        continue;
      }
      yield {
        values: Object.fromEntries(columns.map((name, i) => [name, record[i] as string])),
        row,
        line: begins,
      };
    }
  } catch (error) {
    if (error instanceof CsvError) {
      fault(line, csvFault(error));
      return;
    }
    throw fileError(error, path);
  } finally {
    parser.destroy();
    await feeding;
  }
}

async function* jsonRows(path: string, fault: FaultHandler): AsyncGenerator<TableRow> {
  let line = 0;
  let row = 0;
  for await (const text of lines(decodeUtf8(readChunks(path), path))) {
    line++;
    if (text.trim() === '') continue;
    row++;
    const value = parseJson(text);
    if (typeof value === 'string') fault(line, value);
    else yield { values: value, row, line };
  }
}

/** @returns the object's fields as text, or what is wrong with the line */
function parseJson(text: string): Record<string, string> | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `not valid JSON: ${(error as Error).message}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not a JSON object';
  const entries = Object.entries(value).map(([name, field]) => [name, fieldText(field)] as const);
  return Object.fromEntries(entries);
}

function fieldText(field: unknown): string {
  if (typeof field === 'string') return field;
  if (field === null || field === undefined) return '';
  return typeof field === 'object' ? JSON.stringify(field) : String(field);
}

/** Excel writes semicolons where the comma marks decimals: taken when the header has them and no comma. */
function csvDelimiter(beginning: string): ',' | ';' {
  const header = beginning.slice(0, beginning.search(/[\r\n]|$/));
  return header.includes(';') && !header.includes(',') ? ';' : ',';
}

function headerOf(record: readonly string[], path: string): string[] {
  const columns = record.map((name) => name.trim());
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice === undefined) return columns;
  throw new OtzyvError(
    'data.bad-header',
    `${path} has the column "${twice}" twice`,
    'Give each column a name of its own.',
  );
}

function rowFault(record: readonly string[], columns: readonly string[]): string | undefined {
  if (record.length !== columns.length) {
    return `${record.length} fields where the header has ${columns.length} (${columns.join(', ')})`;
  }
  const nul = record.findIndex((field) => field.includes('\0'));
  return nul === -1 ? undefined : `column "${columns[nul]}" holds a NUL character`;
}

function csvFault(error: CsvError): string {
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return 'a quote that begins here is never closed';
  if (error.code === 'CSV_INVALID_CLOSING_QUOTE')
    return 'text after a closing quote: double the quotes inside a field';
  if (error.code === 'INVALID_OPENING_QUOTE')
    return 'a quote in the middle of a field: put the whole field in quotes and double those inside';
  return error.message;
}

async function* readChunks(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Buffer;
  } catch (error) {
    throw fileError(error, path);
  }
}

async function* prepend<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}
