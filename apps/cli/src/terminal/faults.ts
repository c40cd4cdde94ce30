/** What is wrong with a data set, in the order of how much it spoils: each with where to look. */
import type { DatasetProfile } from '@otzyv/core';
import type { Inspection } from '@otzyv/trainer';
import { colors } from './colors.ts';
import { count, counted } from './format.ts';
import { cut, wrapped } from './width.ts';

/** Widest quotation, however wide the terminal. */
const LONGEST_QUOTE = 100;
const EXAMPLES = 3;
const LABELS = 4;

/** @returns a few lines for each fault, no wider than `width` */
export function faultsOf({ profile, badRows }: Inspection, width: number): string[] {
  const { emptyTexts, missingLabels, uncountedLabels, classes } = profile;
  const { duplicates, conflicts, nearDuplicates, doubledLabels } = profile;
  const fault = (what: string, examples: readonly string[] = []): string =>
    [
      wrapped(`  ${colors.yellow('!')} ${what}${examples.length > 0 ? ':' : ''}`, width, '    '),
      ...examples.map((example) => `      ${example}`),
    ].join('\n');
  const rowFault = (rows: RowsFound, what: string) =>
    rows.count === 0
      ? []
      : [fault(`${counted(rows.count, 'row has', 'rows have')} ${what} (${rowList(rows)})`)];

  return [
    ...(badRows > 0
      ? [fault(`${counted(badRows, 'row')} could not be read, and ${badRows === 1 ? 'is' : 'are'} left out`)]
      : []),
    ...(classes.length === 1
      ? [fault('all rows are of one class: a model needs at least two to tell apart')]
      : []),
    ...rowFault(emptyTexts, 'no text'),
    ...rowFault(missingLabels, 'no label'),
    ...rowFault(
      uncountedLabels,
      `a label beyond the first ${count(classes.length)} different ones: is this the column of the labels?`,
    ),
    ...doubledLabels.map((labels) =>
      fault(`one class in several spellings: ${labels.map((label) => `"${label}"`).join(', ')}`),
    ),
    ...(conflicts.texts > 0
      ? [
          fault(
            counted(conflicts.texts, 'text carries different labels', 'texts carry different labels'),
            conflicts.examples.slice(0, EXAMPLES).map((one) => example(one, labelList(one.labels), width)),
          ),
        ]
      : []),
    ...(duplicates.texts > 0
      ? [
          fault(
            `${counted(duplicates.texts, 'text stands', 'texts stand')} more than once, ${counted(duplicates.surplusRows, 'row')} too many`,
            duplicates.examples
              .slice(0, EXAMPLES)
              .map((one) => example(one, `${count(one.count)} times, ${rowList(one)}`, width)),
          ),
        ]
      : []),
    ...(nearDuplicates.pairs > 0
      ? [
          fault(
            `${counted(nearDuplicates.pairs, 'text is', 'texts are')} nearly the same as an earlier one: ${nearDuplicates.examples
              .slice(0, EXAMPLES)
              .map(({ row, otherRow }) => `rows ${otherRow} and ${row}`)
              .join('; ')}${nearDuplicates.pairs > EXAMPLES ? '; …' : ''}`,
          ),
        ]
      : []),
  ];
}

type RowsFound = DatasetProfile['emptyTexts'];

function rowList({ count: n, rows }: RowsFound): string {
  return `row${n > 1 ? 's' : ''} ${rows.join(', ')}${n > rows.length ? ', …' : ''}`;
}

function labelList(labels: readonly string[]): string {
  const rest = labels.length - LABELS;
  return [...labels.slice(0, LABELS), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}

/** The text gives way to what is said of it, down to a few words. */
function example({ text }: { text: string }, about: string, width: number): string {
  const room = width - 6;
  const said = cut(about, Math.max(room - 24, 16));
  return `${quoted(text, room - said.length - 3)} (${said})`;
}

/** In the quotation marks of the language, on one line. */
export function quoted(text: string, room: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return `«${cut(line, Math.max(8, Math.min(LONGEST_QUOTE, room) - 2))}»`;
}
