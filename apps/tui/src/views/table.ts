/** Rows in columns that are as wide as what stands in them; where there is no room for all, the last give way. */
import type { Theme } from '../terminal/theme.ts';
import { fitted, fittedRight, widthOf } from '../text.ts';

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  /** takes what room is left, and gives it first */
  readonly isElastic?: boolean;
  /** of an elastic one */
  readonly leastWidth?: number;
}

export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const GAP = 2;

/** @returns the titles, and a line for each row, none wider than `width` */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  theme: Theme,
): { readonly head: string; readonly body: readonly string[] } {
  const wanted = columns.map((column, at) =>
    Math.max(widthOf(column.title), ...rows.map((row) => widthOf(row[at]?.text ?? ''))),
  );
  const least = wanted.map((most, at) => {
    const column = columns[at] as Column;
    return column.isElastic ? Math.min(most, column.leastWidth ?? 8) : most;
  });
  let shown = columns.length;
  const needed = () => least.slice(0, shown).reduce((sum, one) => sum + one + GAP, -GAP);
  while (shown > 1 && needed() > width) shown--;

  let spare = width - needed();
  const widths = least.slice(0, shown).map((one, at) => {
    if (!columns[at]?.isElastic) return Math.min(one, width);
    const given = Math.max(0, Math.min(spare, (wanted[at] as number) - one));
    spare -= given;
    return Math.max(1, Math.min(width, one + given));
  });
  const { ellipsis } = theme.glyphs;
  const lineOf = (cells: readonly Cell[]) =>
    widths
      .map((room, at) => {
        const { text, paint = (plain: string) => plain } = cells[at] ?? { text: '' };
        const isLast = at === widths.length - 1;
        const fit = columns[at]?.isNumber ? fittedRight : fitted;
        const cell = fit(text, room, ellipsis);
        return paint(isLast && !columns[at]?.isNumber ? cell.trimEnd() : cell);
      })
      .join(' '.repeat(GAP));
  return {
    head: theme.dim(lineOf(columns.map(({ title }) => ({ text: title })))),
    body: rows.map(lineOf),
  };
}

/** @returns the first row to show, so that the chosen one is in view and moves the page as little as it can */
export function firstShown(chosen: number, rows: number, page: number): number {
  const middle = chosen - Math.floor(page / 2);
  return Math.max(0, Math.min(middle, rows - page));
}
