/**
 * The file that is labelled and the one that comes of it: the same rows with their columns, and after them `label`,
 * `confidence`, `probabilities` and what led to them. Rows without a label are left out, so that it trains as it is.
 */
import { OtzyvError } from '@otzyv/core';
import { freeColumnName, openTable, openTableWriter, requireColumn } from '@otzyv/trainer';

export interface SourceOptions {
  readonly input: string;
  readonly textColumn: string;
  readonly skipBadRows?: boolean;
  /** In characters: what is beyond is not asked about. */
  readonly maxTextLength: number;
  readonly onBadRow?: (message: string) => void;
}

/** What there is to ask about. */
export interface Source {
  /** Each once, as they are asked about. */
  readonly texts: readonly string[];
  readonly longestText: string;
  /** Texts longer than the limit. */
  readonly cutTexts: number;
}

/** What a row gets. */
export interface RowLabel {
  readonly label: string;
  readonly confidence: number;
  /** [labels] */
  readonly probabilities: readonly number[];
  /** What led to it, as JSON. */
  readonly details: unknown;
}

export interface WrittenRows {
  readonly rows: number;
  readonly labelledRows: number;
  /** Rows that have no text. */
  readonly emptyRows: number;
  /** Rows that could not be read. */
  readonly badRows: number;
  /** Rows of each label, of labels without any too. */
  readonly classes: Readonly<Record<string, number>>;
  /** `label`, or `predicted_label` where the input has a `label`. */
  readonly labelColumn: string;
}

/** A text as it is asked about. */
export function askedText(text: string, maxLength: number): string {
  return text.trim().slice(0, maxLength).toWellFormed();
}

/** @throws OtzyvError `data.*` */
export async function readTexts(options: SourceOptions): Promise<Source> {
  const { input, textColumn, maxTextLength } = options;
  const texts = new Map<string, boolean>();
  const table = await openTable(input, { textColumn, skipBadRows: options.skipBadRows === true });
  requireColumn(table.columns, textColumn, input, '--text-column', 'texts');
  for await (const { values } of table.rows) {
    const text = values[textColumn] ?? '';
    if (text.trim() !== '') texts.set(askedText(text, maxTextLength), text.trim().length > maxTextLength);
  }
  if (texts.size === 0)
    throw new OtzyvError(
      'data.empty-file',
      `${input} has no row with a text`,
      'Name the column with --text-column.',
    );
  let longestText = '';
  for (const text of texts.keys()) if (text.length > longestText.length) longestText = text;
  return { texts: [...texts.keys()], longestText, cutTexts: [...texts.values()].filter(Boolean).length };
}

/**
 * @param detailsColumn what the column with what led to a label is called
 * @param labelOf is given texts as they are asked about; undefined leaves the row out
 */
export async function writeLabelled(
  options: SourceOptions & { readonly output: string },
  labels: readonly string[],
  detailsColumn: string,
  labelOf: (text: string) => RowLabel | undefined,
): Promise<WrittenRows> {
  const { input, output, textColumn, maxTextLength, skipBadRows = false, onBadRow } = options;
  let [rows, emptyRows, badRows] = [0, 0, 0];
  const classes = new Map(labels.map((label) => [label, 0]));
  const table = await openTable(input, {
    ...{ textColumn, skipBadRows },
    onBadRow: ({ message }) => {
      badRows++;
      onBadRow?.(message);
    },
  });
  const added = ['label', 'confidence', 'probabilities', detailsColumn].map((name) =>
    freeColumnName(table.columns, name),
  ) as [string, string, string, string];
  const writer = await openTableWriter(output, [...table.columns, ...added]);
  try {
    for await (const { values, original } of table.rows) {
      rows++;
      const text = askedText(values[textColumn] ?? '', maxTextLength);
      if (text === '') emptyRows++;
      const found = text === '' ? undefined : labelOf(text);
      if (found === undefined) continue;
      classes.set(found.label, (classes.get(found.label) ?? 0) + 1);
      const probabilities = labels.map((label, id) => [label, rounded(found.probabilities[id] as number)]);
      await writer.write({
        ...original,
        [added[0]]: found.label,
        [added[1]]: rounded(found.confidence),
        [added[2]]: Object.fromEntries(probabilities),
        [added[3]]: found.details,
      });
    }
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  }
  return {
    ...{ rows, emptyRows, badRows, labelColumn: added[0] },
    labelledRows: [...classes.values()].reduce((sum, count) => sum + count, 0),
    classes: Object.fromEntries(classes),
  };
}

function rounded(share: number): number {
  return Number(share.toFixed(4));
}
