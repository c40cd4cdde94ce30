/** Reviews to be labelled, out of a table or out of Label Studio's JSON: texts, and the labels that some of them have. */
import { extname } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { fieldText } from '../data/format.ts';
import { requireColumn } from '../data/read.ts';
import { openTable } from '../data/table.ts';
import { labelOf, predictedLabel, readStudioTasks, type StudioTask } from './label-studio.ts';
import type { Suggestion } from './session.ts';

export interface FileRow {
  /** of the table, or of the list of tasks, from 1 */
  readonly row: number;
  readonly text: string;
  /** undefined where there is none yet */
  readonly label: string | undefined;
  /** what the file itself suggests: predictions of Label Studio's */
  readonly suggestions: readonly Suggestion[];
}

export interface LabellingColumns {
  /** Of Label Studio's tasks: the field of `data`. */
  readonly textColumn: string;
  /** Of Label Studio's tasks: the field of `data` that counts where there is no annotation. */
  readonly labelColumn: string;
  readonly skipBadRows?: boolean;
  readonly onBadRow?: (message: string) => void;
}

/** @param path its ending tells the format */
export function isStudioFile(path: string): boolean {
  return extname(path).toLowerCase() === '.json';
}

/**
 * Texts with nothing in them are left out: there is nothing to say about them.
 * @throws OtzyvError `data.missing-column`, `data.no-texts`, and what reading a file throws
 */
export async function readLabellingFile(path: string, columns: LabellingColumns): Promise<FileRow[]> {
  const all = await (isStudioFile(path) ? studioRows(path, columns) : tableRows(path, columns));
  const rows = all.filter(({ text }) => text.trim() !== '');
  if (rows.length > 0) return rows;
  throw new OtzyvError(
    'data.no-texts',
    `${path} has no text in any row of column "${columns.textColumn}"`,
    'Name the column that holds the texts with --text-column.',
  );
}

async function tableRows(path: string, columns: LabellingColumns): Promise<FileRow[]> {
  const { textColumn, labelColumn, skipBadRows = false, onBadRow } = columns;
  const table = await openTable(path, {
    ...{ textColumn, skipBadRows },
    onBadRow: ({ message }) => onBadRow?.(message),
  });
  requireColumn(table.columns, textColumn, path, '--text-column', 'texts');
  const rows: FileRow[] = [];
  for await (const { values, row } of table.rows) {
    const [text = '', label = ''] = [values[textColumn], values[labelColumn]?.trim()];
    rows.push({ row, text, label: label === '' ? undefined : label, suggestions: [] });
  }
  return rows;
}

async function studioRows(path: string, { textColumn, labelColumn }: LabellingColumns): Promise<FileRow[]> {
  const tasks = await readStudioTasks(path);
  requireColumn(fieldsOf(tasks), textColumn, path, '--text-column', 'texts');
  return tasks.map((task, index) => ({
    row: index + 1,
    text: fieldText(task.data[textColumn]),
    label: labelOf(task, labelColumn, path, index),
    suggestions: predictedLabel(task),
  }));
}

/** All that any task has, in the order of their first appearance. */
export function fieldsOf(tasks: readonly StudioTask[]): string[] {
  return [...new Set(tasks.flatMap(({ data }) => Object.keys(data)))];
}
