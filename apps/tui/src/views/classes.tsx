/** How well each class is told, the worst first. */

import type { ClassScore } from '@otzyv/trainer';
import { barOf } from '../charts/bar.ts';
import { score } from '../format.ts';
import type { Theme } from '../terminal/theme.ts';
import { widthOf } from '../text.ts';
import { Lines, type Size } from './lines.tsx';
import { LinesPane } from './pane.tsx';
import { type Cell, firstShown, tableLines } from './table.ts';
import { useTheme } from './theme-context.ts';

/** Columns beside the name and the bar. */
const OTHERS = 46;

export interface ClassesProps extends Size {
  /** of the latest evaluation; null where none has told of them */
  readonly classes: readonly ClassScore[] | null;
  /** of the best one, where that is another */
  readonly best: readonly ClassScore[] | null;
  readonly step: number | null;
  readonly chosen: number;
}

/** @returns by ascending F1; of equals, the one with more reviews first */
export function worstFirst(classes: readonly ClassScore[]): ClassScore[] {
  return [...classes].sort((a, b) => a.f1 - b.f1 || b.support - a.support);
}

export function Classes({ classes, best, step, chosen, width, height }: ClassesProps) {
  const theme = useTheme();
  if (classes === null)
    return (
      <Lines
        lines={['', theme.dim('No evaluation has told of the classes yet.')]}
        width={width}
        height={height}
      />
    );
  const bestOf = new Map((best ?? []).map(({ label, f1 }) => [label, f1]));
  const page = height - 2;
  const first = firstShown(chosen, classes.length, page);
  const longest = Math.min(30, Math.max(...classes.map(({ label }) => widthOf(theme.plain(label))), 0));
  const bar = Math.max(8, Math.min(50, width - longest - OTHERS - (best === null ? 0 : 9)));
  const { head, body } = tableLines(
    [
      { title: 'class', isElastic: true, leastWidth: 12 },
      { title: 'F1', isNumber: true },
      { title: '-'.repeat(bar) },
      { title: 'reviews', isNumber: true },
      { title: 'precision', isNumber: true },
      { title: 'recall', isNumber: true },
      ...(best === null ? [] : [{ title: 'at best', isNumber: true }]),
    ],
    classes
      .slice(first, first + page)
      .map((one): Cell[] => [
        { text: theme.plain(one.label) },
        { text: score(one.f1), paint: theme.bold },
        { text: '-'.repeat(bar), paint: ({ length }) => barLine(one.f1, length, theme) },
        { text: String(one.support) },
        { text: score(one.precision) },
        { text: score(one.recall) },
        { text: bestOf.has(one.label) ? score(bestOf.get(one.label)) : '', paint: theme.dim },
      ]),
    width - 2,
    theme,
  );
  const lines = body.map(
    (line, at) => (at + first === chosen ? `${theme.accent(theme.glyphs.pointer)} ` : '  ') + line,
  );
  return (
    <LinesPane
      title="F1 by class, the worst first"
      note={step === null ? '' : `evaluation at step ${step}`}
      lines={[`  ${head.replace('-'.repeat(bar), ' '.repeat(bar))}`, ...lines]}
      width={width}
      height={height}
    />
  );
}

function barLine(share: number, width: number, theme: Theme): string {
  const { full, rest } = barOf(share, width, theme);
  const paint = share < 0.5 ? theme.warn : theme.accent;
  return paint(full) + theme.dim(theme.hasUnicode ? '·'.repeat(rest.length) : rest);
}
