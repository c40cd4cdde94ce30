/**
 * The texts without labels that may join a training file: each once, and none that stands there already or that is
 * measured on. Letters and digits are compared, in lower case, as for all rows that nobody wrote.
 */
import { normalizedForComparison, OtzyvError } from '@otzyv/core';
import { requireColumn } from '../data/read.ts';
import { openTable } from '../data/table.ts';
import type { Dataset } from '../training/dataset.ts';
import type { RunOptions } from '../training/options.ts';
import type { PseudoLabelContext } from './events.ts';
import type { PseudoLabelOptions } from './options.ts';

/** As it stands in the file. */
export interface UnlabelledText {
  readonly text: string;
  /** absent where the run knows no groups, or the file has none */
  readonly group?: string;
}

/** @throws OtzyvError `data.*`; the signal's reason when aborted */
export async function readUnlabelled(
  { input, textColumn: asked, skipBadRows }: Pick<PseudoLabelOptions, 'input' | 'textColumn' | 'skipBadRows'>,
  { textColumn: ofRun, groupColumn }: Pick<RunOptions, 'textColumn' | 'groupColumn'>,
  { everything, validation }: Pick<Dataset, 'everything' | 'validation'>,
  { listen, signal }: PseudoLabelContext,
): Promise<UnlabelledText[]> {
  const textColumn = asked ?? ofRun;
  const known = new Set([...everything.originals, ...validation.originals].map(normalizedForComparison));
  const heldGroups = new Set(groupColumn === undefined ? [] : validation.columns[groupColumn]);
  const seen = new Set<string>();
  const counts = { known: 0, copies: 0, empty: 0, badRows: 0 };
  const { columns, rows } = await openTable(input, {
    skipBadRows,
    textColumn,
    onBadRow: ({ message }) => {
      counts.badRows++;
      if (counts.badRows <= 5) listen({ type: 'warning', message: `skipped: ${message}` });
    },
  });
  requireColumn(columns, textColumn, input, '--text-column', 'texts');
  const texts: UnlabelledText[] = [];
  for await (const { values } of rows) {
    signal?.throwIfAborted();
    const text = values[textColumn] ?? '';
    const group = groupColumn === undefined ? undefined : values[groupColumn]?.trim();
    const key = normalizedForComparison(text);
    if (key === '') counts.empty++;
    else if (known.has(key) || (group !== undefined && heldGroups.has(group))) counts.known++;
    else if (seen.has(key)) counts.copies++;
    else {
      seen.add(key);
      texts.push({ text, ...(group !== undefined && { group }) });
    }
  }
  listen({ type: 'unlabelled.read', file: input, texts: texts.length, ...counts });
  if (texts.length > 0) return texts;
  throw new OtzyvError(
    'data.too-few-texts',
    `no text of ${input} is left to learn from: all are known already, or have no word in them`,
    'Name a file with other texts as --input.',
  );
}
