/**
 * Where a batch lies: a folder whose name is made here. Nothing that a request holds becomes a part of a path. A batch is
 * there once its record is, and is gone once its record is.
 */
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { OtzyvError } from '@otzyv/core';
import { fileError, makeFolder, openTable, requireColumn, type TableFormat } from '@otzyv/trainer';
import { type BatchRecord, readRecord } from './batch-record.ts';

export interface BatchFolder {
  readonly path: string;
  readonly record: string;
  input(format: TableFormat): string;
  output(format: TableFormat): string;
}

export function batchFolder(root: string, id: string): BatchFolder {
  const path = join(root, id);
  return {
    path,
    record: join(path, 'batch.json'),
    input: (format) => join(path, `input.${format}`),
    output: (format) => join(path, `output.${format}`),
  };
}

const ID = /^batch_[0-9a-f]{32}$/;

export function newId(): string {
  return `batch_${randomBytes(16).toString('hex')}`;
}

/** All that are whole; what is left of others, and of uploads that were cut, is removed. */
export async function readBatches(root: string): Promise<BatchRecord[]> {
  const records: BatchRecord[] = [];
  for (const id of (await readdir(root)).filter((name) => ID.test(name))) {
    const { path, record } = batchFolder(root, id);
    const found = await readRecord(record).catch(() => undefined);
    if (found?.id === id) records.push(found);
    else await rm(path, { recursive: true, force: true });
  }
  return records.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
}

export async function removeBatch(root: string, id: string): Promise<void> {
  const { path, record } = batchFolder(root, id);
  await rm(record, { force: true });
  await rm(path, { recursive: true, force: true });
}

/** @returns bytes @throws OtzyvError `system.too-large` */
export async function receive(
  body: ReadableStream<Uint8Array> | null,
  path: string,
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<number> {
  let bytes = 0;
  const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  };
  const source = body === null ? Readable.from([]) : Readable.fromWeb(body);
  await pipeline(source, counted, createWriteStream(path, { flush: true }), { signal });
  return bytes;
}

export function tooLarge(maxBytes: number): OtzyvError {
  const message = `the file is larger than ${maxBytes / 2 ** 20} MB`;
  return new OtzyvError('system.too-large', message, 'Send it in parts.');
}

/**
 * Reads the whole table: what is wrong with it is told to who sends it, and not in an hour.
 * @throws OtzyvError `data.*`, with row and column
 */
export async function checkTable(
  path: string,
  { textColumn, skipBadRows }: Pick<BatchRecord, 'textColumn' | 'skipBadRows'>,
): Promise<{ readonly rows: number; readonly badRows: number }> {
  let [rows, badRows] = [0, 0];
  const table = await openTable(path, { textColumn, skipBadRows, onBadRow: () => badRows++ });
  requireColumn(table.columns, textColumn, path, 'text_column', 'texts');
  for await (const _ of table.rows) rows++;
  return { rows, badRows };
}

/** The same fault without our paths, in the words of a request. A file that is not where we keep it is no fault of a request. */
export function asRequestFault(fault: unknown, path: string): unknown {
  const error = fileError(fault, path);
  if (!(error instanceof OtzyvError)) return error;
  if (/^data\.(missing-file|not-a-file)$/.test(error.code)) return error.cause;
  const hint = error.hint
    .replace('--skip-bad-rows', 'skip_bad_rows=true')
    .replace(/with text_column\.$/, 'with ?text_column=…');
  return new OtzyvError(error.code, error.message.replaceAll(path, 'the file'), hint, { cause: error });
}

export async function makeBatchFolder(root: string, id: string): Promise<BatchFolder> {
  const folder = batchFolder(root, id);
  await makeFolder(folder.path);
  return folder;
}
