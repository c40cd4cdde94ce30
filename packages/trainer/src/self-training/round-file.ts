/**
 * A round's training file: the run's own, row for row, and after its rows the texts that join, marked as rows that nobody
 * wrote, so that they are trained on and never measured on. Its rows keep their numbers, by which an audit and the
 * measurements name them.
 */
import { SYNTHETIC_COLUMN } from '../data/synthetic.ts';
import { lookOf, openTable } from '../data/table.ts';
import { openTableWriter } from '../data/write.ts';
import type { RunOptions } from '../training/options.ts';
import type { PseudoLabel } from './select.ts';
import type { UnlabelledText } from './unlabelled.ts';

/** How rows that join are marked. */
export const PSEUDO_LABEL = 'pseudo-label';

/** Which column of a round's file says what a row counts for: the run's, or one that its file does not have. */
export async function weightColumnOf({
  trainFile,
  weightColumn,
}: Pick<RunOptions, 'trainFile' | 'weightColumn'>): Promise<string> {
  if (weightColumn !== undefined) return weightColumn;
  const { columns } = await openTable(trainFile, { skipBadRows: true });
  let name = 'weight';
  for (let n = 2; columns.includes(name); n++) name = `weight_${n}`;
  return name;
}

/** Written whole, or not at all. @param labels by class id */
export async function writeRoundFile(
  path: string,
  source: RunOptions,
  weightColumn: string,
  { chosen, texts, labels }: Joining,
): Promise<void> {
  const { trainFile, textColumn, labelColumn, groupColumn } = source;
  const table = await openTable(trainFile, { skipBadRows: true });
  const columns = [...new Set([...table.columns, SYNTHETIC_COLUMN, weightColumn])];
  const writer = await openTableWriter(path, columns, await lookOf(trainFile));
  try {
    let written = 0;
    const ownWeight = source.weightColumn === undefined ? { [weightColumn]: 1 } : {};
    for await (const { row, original } of table.rows) {
      // a row that cannot be read is left out there, too
      for (; written < row - 1; written++) await writer.write({});
      await writer.write({ ...original, ...ownWeight });
      written++;
    }
    for (const { index, labelId, weight } of chosen) {
      const { text, group = PSEUDO_LABEL } = texts[index] as UnlabelledText;
      await writer.write({
        [textColumn]: text,
        [labelColumn]: labels[labelId],
        [weightColumn]: Number(weight.toPrecision(6)),
        [SYNTHETIC_COLUMN]: PSEUDO_LABEL,
        ...(groupColumn !== undefined && { [groupColumn]: group }),
      });
    }
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

export interface Joining {
  readonly chosen: readonly PseudoLabel[];
  readonly texts: readonly UnlabelledText[];
  readonly labels: readonly string[];
}
