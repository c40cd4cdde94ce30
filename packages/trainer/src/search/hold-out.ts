/**
 * A share of the rows that no trial ever sees: written to a file of its own beside the file that the search works with,
 * so that anything can be measured on it later, too. Stratified by label; whole groups, or copies of a text, stay on one
 * side.
 */
import { duplicateGroups } from '@otzyv/core';
import { groupSplit } from '../data/split.ts';
import { openTable } from '../data/table.ts';
import { openTableWriter } from '../data/write.ts';
import type { Listener } from '../training/events.ts';
import type { RunOptions } from '../training/options.ts';
import { syntheticToTrainOn } from '../training/synthetic-rows.ts';
import { readTraining } from '../training/training-file.ts';

/** Which data rows go where, by their numbers in the file, from 1. */
export interface RowShares {
  readonly searched: ReadonlySet<number>;
  readonly heldOut: ReadonlySet<number>;
}

/** Reads the labelled file and decides; nothing is written. @throws OtzyvError what reading it for a training would throw */
export async function shareRows(
  options: RunOptions,
  share: number,
  listen: Listener,
  signal?: AbortSignal,
): Promise<RowShares> {
  const source = await readTraining(options, listen, signal);
  const { labels, all, groups, synthetic } = source;
  if (share === 0) return { searched: new Set([...all.rows, ...synthetic.texts.rows]), heldOut: new Set() };
  const split = groupSplit(groups ?? duplicateGroups(all.originals).groups.map(String), all.labelIds, {
    labels,
    validationFraction: share,
    seed: options.seed,
  });
  const rowsOf = (indices: readonly number[]) => new Set(indices.map((index) => all.rows[index] as number));
  const made = syntheticToTrainOn(source, {
    texts: split.validation.map((index) => all.originals[index] as string),
    rows: split.validation,
  });
  const searched = [
    ...split.train.map((index) => all.rows[index]),
    ...made.map((i) => synthetic.texts.rows[i]),
  ];
  return { searched: new Set(searched as number[]), heldOut: rowsOf(split.validation) };
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
