/**
 * A share of the rows that no trial ever sees: written to a file of its own beside the file that the search works with,
 * so that anything can be measured on it later, too. Stratified by label, or by whole groups.
 */
import { createLabelEncoder, OtzyvError } from '@otzyv/core';
import { readReviews } from '../data/read.ts';
import { groupSplit, stratifiedSplit } from '../data/split.ts';
import { openTable } from '../data/table.ts';
import { openTableWriter } from '../data/write.ts';
import type { Listener } from '../training/events.ts';
import type { RunOptions } from '../training/options.ts';

/** Which data rows go where, by their numbers in the file, from 1. */
export interface RowShares {
  readonly searched: ReadonlySet<number>;
  readonly heldOut: ReadonlySet<number>;
}

/** Reads the labelled file and decides; nothing is written. @throws OtzyvError what reading it for a training would throw */
export async function shareRows(options: RunOptions, share: number, listen: Listener): Promise<RowShares> {
  const { trainFile, textColumn, labelColumn, groupColumn, skipBadRows, seed } = options;
  const [rows, texts, labels, groups]: [number[], string[], string[], string[]] = [[], [], [], []];
  let badRows = 0;
  const onBadRow = ({ message }: { message: string }) => {
    if (++badRows <= 5) listen({ type: 'warning', message: `skipped: ${message}` });
  };
  for await (const review of readReviews(trainFile, {
    textColumn,
    labelColumn,
    groupColumn,
    skipBadRows,
    onBadRow,
  })) {
    rows.push(review.row);
    texts.push(review.text);
    labels.push(review.label);
    groups.push(review.group ?? '');
  }
  const encoder = createLabelEncoder(labels);
  if (encoder.classes.length < 2) {
    throw new OtzyvError(
      'labels.one-class',
      `${trainFile} has only one label: "${encoder.classes[0]}"`,
      'A classifier needs at least two: check --label-column.',
    );
  }
  if (share === 0) return { searched: new Set(rows), heldOut: new Set() };
  const labelIds = labels.map((label) => encoder.encode(label));
  const how = { labels: encoder.classes, validationFraction: share, seed };
  const split =
    groupColumn === undefined ? stratifiedSplit(labelIds, how) : groupSplit(groups, labelIds, how);
  const numbers = (indices: readonly number[]) => new Set(indices.map((index) => rows[index] as number));
  // a text with nothing in it measures nothing
  return {
    searched: numbers(split.train),
    heldOut: numbers(split.validation.filter((index) => texts[index]?.trim() !== '')),
  };
}

/** Copies each row, with all its columns, to the file it belongs to. */
export async function writeShares(
  source: string,
  { searched, heldOut }: RowShares,
  files: { searched: string; heldOut: string },
): Promise<void> {
  const table = await openTable(source, { skipBadRows: true });
  const writers = [
    { rows: searched, writer: await openTableWriter(files.searched, table.columns) },
    { rows: heldOut, writer: await openTableWriter(files.heldOut, table.columns) },
  ];
  try {
    for await (const { row, original } of table.rows) {
      await writers.find(({ rows }) => rows.has(row))?.writer.write(original);
    }
    for (const { writer } of writers) await writer.close();
  } catch (error) {
    for (const { writer } of writers) await writer.discard();
    throw error;
  }
}
