/** A profile of a file, and what it shares with another: both stream by, and no text is kept. */
import { stat } from 'node:fs/promises';
import { createProfiler, type DatasetProfile, type Leakage, type ProfileRow } from '@otzyv/core';
import { fileError } from '../files.ts';
import { requireColumn } from './read.ts';
import { openTable } from './table.ts';

/** What to look at, and what to call on the way. */
export interface InspectOptions {
  readonly file: string;
  readonly textColumn: string;
  /** A file without this column is profiled without labels. */
  readonly labelColumn: string;
  /** A second file, whose texts are looked for in the first. */
  readonly against?: string;
  readonly skipBadRows?: boolean;
  readonly onBadRow?: (message: string) => void;
  /** @param share of the file's bytes that was read @param file which of the two */
  readonly onProgress?: (rows: number, share: number, file: string) => void;
  /** Stops the reading at the next few rows. */
  readonly signal?: AbortSignal;
}

/** A data file's profile. */
export interface Inspection {
  /** of the file, in their order */
  readonly columns: readonly string[];
  /** rows that could not be read, and were left out */
  readonly badRows: number;
  readonly profile: DatasetProfile;
  /** present when a second file was named */
  readonly leakage?: Leakage;
}

/** Rows between two reports of progress. */
const PROGRESS_ROWS = 2000;

/**
 * Reads each file once, row by row, in memory that grows by some 35 bytes with each different text.
 * @throws OtzyvError `data.*`; the signal's reason when aborted
 */
export async function inspectFile(options: InspectOptions): Promise<Inspection> {
  const { file, against } = options;
  const profiler = createProfiler();
  const { columns, badRows } = await eachRow(file, options, (row) => profiler.add(row));
  const inspection = { columns, badRows, profile: profiler.profile() };
  if (against === undefined) return inspection;
  const finder = profiler.leakageFinder();
  await eachRow(against, options, ({ text, row }) => finder.add(text, row));
  return { ...inspection, leakage: finder.leakage() };
}

async function eachRow(file: string, options: InspectOptions, take: (row: ProfileRow) => void) {
  const { textColumn, labelColumn, skipBadRows = false, onBadRow, onProgress, signal } = options;
  const { size } = await stat(file).catch((error: unknown) => {
    throw fileError(error, file);
  });
  let [rows, badRows, read] = [0, 0, 0];
  const { columns, rows: tableRows } = await openTable(file, {
    skipBadRows,
    textColumn,
    onRead: (bytes) => {
      read = bytes;
    },
    onBadRow: ({ message }) => {
      badRows++;
      onBadRow?.(message);
    },
  });
  requireColumn(columns, textColumn, file, '--text-column', 'texts');
  const hasLabels = columns.includes(labelColumn);
  onProgress?.(0, 0, file);
  for await (const { values, row } of tableRows) {
    // a line of JSONL may lack the one or the other
    const label = hasLabels ? (values[labelColumn] ?? '').trim() : undefined;
    take({ text: values[textColumn] ?? '', label, row });
    if (++rows % PROGRESS_ROWS !== 0) continue;
    signal?.throwIfAborted();
    onProgress?.(rows, Math.min(1, read / size), file);
  }
  onProgress?.(rows, 1, file);
  return { columns, badRows };
}
