/** A profile of a file, and what it shares with another. */
import { createProfiler, type DatasetProfile, findLeakage, type Leakage } from '@otzyv/core';
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
  readonly onProgress?: (rows: number) => void;
}

/** A data file's profile. */
export interface Inspection {
  readonly profile: DatasetProfile;
  /** present when a second file was named */
  readonly leakage?: Leakage;
}

/** Reads a file once, row by row. @throws OtzyvError `data.*` */
export async function inspectFile(options: InspectOptions): Promise<Inspection> {
  const { file, labelColumn, against, onProgress } = options;
  const profiler = createProfiler();
  const texts: string[] = [];
  let rows = 0;
  for await (const { text, values, row } of textRows(file, options)) {
    profiler.add({ text, label: values[labelColumn]?.trim(), row });
    if (against !== undefined) texts.push(text);
    rows++;
    if (rows % 10_000 === 0) onProgress?.(rows);
  }
  const profile = profiler.profile();
  if (against === undefined) return { profile };
  const others: string[] = [];
  for await (const { text } of textRows(against, options)) others.push(text);
  return { profile, leakage: findLeakage(texts, others) };
}

async function* textRows(file: string, { textColumn, skipBadRows = false, onBadRow }: InspectOptions) {
  const table = await openTable(file, {
    skipBadRows,
    textColumn,
    onBadRow: ({ message }) => onBadRow?.(message),
  });
  requireColumn(table.columns, textColumn, file, '--text-column', 'texts');
  for await (const { values, row } of table.rows) yield { text: values[textColumn] ?? '', values, row };
}
