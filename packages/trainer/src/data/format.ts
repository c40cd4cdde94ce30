/** The formats of a table, told by the file's ending. */
import { extname } from 'node:path';
import { OtzyvError } from '@otzyv/core';

export type TableFormat = 'csv' | 'tsv' | 'jsonl';

const FORMATS: Readonly<Record<string, TableFormat>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
};

/** @throws OtzyvError `data.unknown-format` */
export function tableFormat(path: string): TableFormat {
  const format = FORMATS[extname(path).toLowerCase()];
  if (format !== undefined) return format;
  throw new OtzyvError(
    'data.unknown-format',
    `${path}: cannot tell its format from the ending "${extname(path)}"`,
    'Use a file that ends in .csv, .tsv or .jsonl.',
  );
}

/** A field of JSONL as a cell of CSV. */
export function fieldText(field: unknown): string {
  if (typeof field === 'string') return field;
  if (field === null || field === undefined) return '';
  return typeof field === 'object' ? JSON.stringify(field) : String(field);
}
