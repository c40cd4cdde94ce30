/** The classes with their keys: at the side of the text, or under it. */
import { currentItem, type SessionProgress, suggestedLabel } from '@otzyv/trainer';
import { count } from '../format.ts';
import type { Theme } from '../terminal/theme.ts';
import { fitted, shortened, widthOf } from '../text.ts';
import type { Size } from '../views/lines.tsx';
import { factLines, factsOf } from './facts.ts';
import { CLASS_KEYS } from './label-keys.ts';
import type { LabelViewProps } from './label-props.ts';
import { foundClasses } from './label-state.ts';

interface ClassCell {
  /** plain, to be cut and painted */
  readonly text: string;
  readonly count: number;
  readonly paint: (text: string) => string;
  /** the row before which the others are cut off */
  readonly isCentral: boolean;
}

/** Of the classes: the key, a sign for the one that is suggested or given, the name. */
function classCells({ session, ui }: LabelViewProps, { counts }: SessionProgress, theme: Theme): ClassCell[] {
  const { pointer, marked } = theme.glyphs;
  const item = currentItem(session);
  const verdict = session.decisions[session.at]?.verdict;
  const given = verdict?.kind === 'label' ? verdict.label : undefined;
  const suggested = item && suggestedLabel(item);
  const shown = ui.query === undefined ? session.classes : foundClasses(session.classes, ui.query);
  return shown.map((label, place) => {
    const id = session.classes.indexOf(label);
    const isChosen = ui.query !== undefined && place === ui.chosen;
    const sign = label === given ? marked : label === suggested ? pointer : ' ';
    const isCentral = ui.query === undefined ? label === (given ?? suggested) : isChosen;
    const paint = isChosen
      ? theme.chosen
      : label === given
        ? theme.good
        : label === suggested
          ? theme.accent
          : (text: string) => text;
    const key = CLASS_KEYS[id] ?? ' ';
    const name = theme.colors === 'none' && isChosen ? `[${label}]` : label;
    return { text: `${sign} ${key} ${theme.plain(name)}`, count: counts[id] ?? 0, isCentral, paint };
  });
}

/** Those around the one that matters, where there is no room for all. */
function around(cells: readonly ClassCell[], room: number): readonly ClassCell[] {
  if (cells.length <= room) return cells;
  const central = Math.max(
    0,
    cells.findIndex(({ isCentral }) => isCentral),
  );
  const first = Math.min(cells.length - room, Math.max(0, central - Math.floor(room / 2)));
  return cells.slice(first, first + Math.max(0, room));
}

export function sideLines(
  props: LabelViewProps,
  progress: SessionProgress,
  { width, height }: Size,
  theme: Theme,
) {
  const facts = factLines(props.session, progress, width, theme);
  const cells = classCells(props, progress, theme);
  const room = Math.max(1, height - facts.length - 2);
  const shown = around(cells, cells.length > room ? room - 1 : room);
  const lines = shown.map(({ text, count: given, paint }) => {
    const number = given === 0 ? '' : count(given);
    return paint(fitted(text, width - 6, theme.glyphs.ellipsis)) + theme.dim(number.padStart(6));
  });
  const hidden = cells.length - shown.length;
  if (hidden > 0) lines.push(theme.dim(`    ${hidden} more: / finds them`));
  if (cells.length === 0) lines.push(theme.dim('    no class is called so'));
  return [
    theme.dim(fitted('    class', width - 6) + 'given'.padStart(6)),
    ...padded(lines, room),
    '',
    ...facts,
  ];
}

/** Under the text, in as many columns as there is room for. */
export function underLines(
  props: LabelViewProps,
  progress: SessionProgress,
  { width, height }: Size,
  theme: Theme,
): string[] {
  const columns = columnsBelow(props.session.classes, width);
  const cells = around(classCells(props, progress, theme), Math.max(1, height - 1) * columns);
  const cellWidth = Math.floor(width / columns);
  const lines: string[] = [];
  for (let at = 0; at < cells.length; at += columns) {
    lines.push(
      cells
        .slice(at, at + columns)
        .map(({ text, paint }) => paint(fitted(text, cellWidth - 1, theme.glyphs.ellipsis)))
        .join(' '),
    );
  }
  const facts = factsOf(props.session, progress, theme).map(({ said }) => said);
  const line = shortened(facts.join(` ${theme.glyphs.separator} `), width, theme.glyphs.ellipsis);
  return [...padded(lines, height - 1), theme.dim(line)];
}

export function columnsBelow(classes: readonly string[], width: number): number {
  const widest = Math.max(1, ...classes.map((label) => widthOf(label))) + 5;
  return Math.max(1, Math.min(3, Math.floor(width / Math.min(widest, 30))));
}

/** Cut or filled up with empty lines. */
export function padded(lines: readonly string[], height: number): string[] {
  return Array.from({ length: Math.max(0, height) }, (_, at) => lines[at] ?? '');
}
