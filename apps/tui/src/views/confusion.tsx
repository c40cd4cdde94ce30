/**
 * Which class is taken for which: a row is what a review truly is, a column what was answered. The darker, the larger its share of the
 * row; the number is in every cell, so nothing is lost without colours.
 */

import type { RunConfusion } from '@otzyv/trainer/run-state';
import { Box } from 'ink';
import { percent } from '../format.ts';
import type { Theme } from '../terminal/theme.ts';
import { fitted, fittedRight, shortened, widthOf, wrapped } from '../text.ts';
import { Lines, type Size } from './lines.tsx';
import { LinesPane } from './pane.tsx';
import { firstShown } from './table.ts';
import { useTheme } from './theme-context.ts';

export interface ConfusionProps extends Size {
  readonly confusion: RunConfusion | null;
  readonly step: number | null;
  /** the cell under the cursor: its row is the truth */
  readonly truth: number;
  readonly answer: number;
}

const MOST_LISTED = 8;

export function Confusion({ confusion, step, truth, answer, width, height }: ConfusionProps) {
  const theme = useTheme();
  if (confusion === null)
    return (
      <Lines
        lines={['', theme.dim('No evaluation has told of the confusions yet.')]}
        width={width}
        height={height}
      />
    );
  const isWide = width >= 140; // below it, names over the columns are worth more than a list beside them
  const listWidth = isWide ? Math.min(60, Math.max(34, Math.floor(width * 0.3))) : width;
  const listHeight = isWide
    ? height
    : Math.max(0, Math.min(MOST_LISTED + 2, height - confusion.labels.length - 5));
  const matrixWidth = isWide ? width - listWidth - 3 : width;
  const matrixHeight = isWide ? height : height - (listHeight > 2 ? listHeight : 0);
  const matrix = (
    <LinesPane
      title="Confusion matrix"
      note={`row: truth, column: answer${step === null ? '' : `; step ${step}`}`}
      lines={matrixLines(
        confusion,
        { truth, answer },
        { width: matrixWidth, height: matrixHeight - 1 },
        theme,
      )}
      width={matrixWidth}
      height={matrixHeight}
    />
  );
  const list = listHeight > 2 && (
    <LinesPane
      title="Most confused"
      lines={listLines(confusion, listWidth, listHeight - 1, theme)}
      width={listWidth}
      height={listHeight}
    />
  );
  return (
    <Box flexDirection={isWide ? 'row' : 'column'} columnGap={3} width={width} height={height}>
      {matrix}
      {list}
    </Box>
  );
}

/** @returns what happened, the most frequent first */
export function confusionsOf({ labels, matrix }: RunConfusion) {
  return matrix
    .flatMap((row, truth) => {
      const total = sum(row);
      return row.flatMap((count, answer) =>
        count === 0 || answer === truth
          ? []
          : [{ truth: labels[truth] ?? '', answer: labels[answer] ?? '', count, share: count / total }],
      );
    })
    .sort((a, b) => b.count - a.count || b.share - a.share);
}

function matrixLines(
  { labels, matrix }: RunConfusion,
  cursor: { readonly truth: number; readonly answer: number },
  { width, height }: Size,
  theme: Theme,
): string[] {
  const names = labels.map((label, id) => `${id + 1} ${theme.plain(label)}`);
  const longest = Math.max(...names.map(widthOf));
  const digits = String(Math.max(...matrix.flat(), labels.length)).length;
  const least = digits + 2; // the number, and what sets it off from its neighbours
  // names of columns are worth more room than those of rows, which can be read by their numbers too
  const nameRoom = Math.min(longest, Math.max(10, Math.floor(width * 0.3)));
  const room = width - nameRoom - 1;
  const shownColumns = Math.max(1, Math.min(labels.length, Math.floor(room / least)));
  const cell = Math.max(least, Math.min(longest + 1, Math.floor(room / shownColumns)));
  // over the numbers the names, broken between words, where there is room for them
  const nameLines = cell >= 6 ? Math.max(0, Math.min(3, height - labels.length - 3)) : 0;
  const shownRows = Math.max(1, Math.min(labels.length, height - 3 - nameLines));
  const firstColumn = firstShown(cursor.answer, labels.length, shownColumns);
  const firstRow = firstShown(cursor.truth, labels.length, shownRows);
  const columns = Array.from({ length: shownColumns }, (_, i) => firstColumn + i);
  const rows = Array.from({ length: shownRows }, (_, i) => firstRow + i);
  const { ellipsis } = theme.glyphs;

  const titleOf = (id: number, text: string) => {
    const padded = fittedRight(text, cell);
    return id === cursor.answer ? theme.accent(padded) : theme.dim(padded);
  };
  const parts = columns.map((id) =>
    wrapped(shortWords(theme.plain(labels[id] ?? ''), cell - 1), cell - 1, nameLines, ellipsis),
  );
  const headLines = Math.max(0, ...parts.map(({ length }) => length));
  const head = [
    ...Array.from({ length: headLines }, (_, line) =>
      columns.map((id, at) => titleOf(id, parts[at]?.[line - headLines + (parts[at]?.length ?? 0)] ?? '')),
    ),
    columns.map((id) => titleOf(id, String(id + 1))),
  ].map((titles) => ' '.repeat(nameRoom + 1) + titles.join(''));
  const body = rows.map((truth) => {
    const row = matrix[truth] ?? [];
    const total = Math.max(1, sum(row));
    const name = fitted(names[truth] as string, nameRoom, ellipsis);
    const cells = columns.map((answer) =>
      cellText(
        row[answer] ?? 0,
        total,
        cell,
        answer === truth,
        truth === cursor.truth && answer === cursor.answer,
        theme,
      ),
    );
    return `${truth === cursor.truth ? theme.accent(name) : name} ${cells.join('')}`;
  });
  const isWhole = shownColumns === labels.length && shownRows === labels.length;
  return [
    ...head,
    ...body,
    '',
    cellSaid({ labels, matrix }, cursor, width, theme) +
      (isWhole ? '' : theme.dim('  (arrows show the rest)')),
  ];
}

/** A word that has no room ends with a full stop, as an abbreviation does. */
function shortWords(name: string, width: number): string {
  return name
    .split(' ')
    .map((word) => shortened(word, width, '.'))
    .join(' ');
}

function cellText(
  count: number,
  total: number,
  width: number,
  isRight: boolean,
  isChosen: boolean,
  theme: Theme,
): string {
  const share = count / total;
  const { shades } = theme.glyphs;
  const shade = theme.colors === '256' ? ' ' : (shades[Math.ceil(share * (shades.length - 1))] as string);
  const number = count === 0 ? (theme.hasUnicode ? '·' : '.') : String(count);
  const text = fittedRight(`${number}${shade}`, width - 1);
  if (isChosen)
    return theme.colors === 'none' ? `[${text.slice(1)}]`.padStart(width) : ` ${theme.chosen(text)}`;
  return ` ${count === 0 ? theme.dim(text) : theme.heat(text, share, isRight)}`;
}

function cellSaid(
  { labels, matrix }: RunConfusion,
  { truth, answer }: { readonly truth: number; readonly answer: number },
  width: number,
  theme: Theme,
): string {
  const row = matrix[truth] ?? [];
  const [count, total] = [row[answer] ?? 0, sum(row)];
  const share = total === 0 ? '' : ` (${percent(count / total)})`;
  const name = (id: number) => theme.plain(labels[id] ?? '');
  const text =
    truth === answer
      ? `${name(truth)}: ${count} of ${total} told rightly${share}`
      : `${name(truth)} ${theme.glyphs.to} ${name(answer)}: ${count} of ${total}${share}`;
  return (truth === answer ? theme.accent : theme.warn)(shortened(text, width, theme.glyphs.ellipsis));
}

function listLines(confusion: RunConfusion, width: number, height: number, theme: Theme): string[] {
  const all = confusionsOf(confusion);
  if (all.length === 0) return [theme.good('nothing is confused')];
  return all
    .slice(0, MOST_LISTED)
    .flatMap(({ truth, answer, count, share }) => {
      const number = fittedRight(String(count), 5);
      const text = `${theme.plain(truth)} ${theme.glyphs.to} ${theme.plain(answer)}`;
      const end = `  ${percent(share)}`;
      const lines = wrapped(text, width - 7 - end.length, 2, theme.glyphs.ellipsis);
      return lines.map((line, at) =>
        at === 0
          ? `${theme.warn(number)}  ${fitted(line, width - 7 - end.length)}${theme.dim(end)}`
          : `       ${line}`,
      );
    })
    .slice(0, height);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
