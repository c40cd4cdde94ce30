/**
 * One review, what a model makes of it, and the classes to choose from: data in, lines out. From 84 columns on the classes
 * stand at the side, below that under the text.
 */
import {
  currentItem,
  type LabellingItem,
  type LabellingSession,
  progressOf,
  type SessionProgress,
} from '@otzyv/trainer';
import { Box, Text } from 'ink';
import { progressBar } from '../charts/bar.ts';
import { count } from '../format.ts';
import type { Theme } from '../terminal/theme.ts';
import { fitted, shortened, widthOf, wrapped } from '../text.ts';
import { Lines, type Size } from '../views/lines.tsx';
import { useTheme } from '../views/theme-context.ts';
import { columnsBelow, padded, sideLines, underLines } from './class-list.ts';
import { LABEL_KEYS, shownClassKeys, shownKeys } from './label-keys.ts';
import type { LabelViewProps } from './label-props.ts';
import { foundClasses } from './label-state.ts';
import { opinionLines } from './opinion.ts';
import { reviewLines } from './review-text.ts';

/** How far the text of a review may be scrolled, and by how much a key scrolls it. */
export interface TextExtent {
  readonly page: number;
  readonly mostScroll: number;
}

const SIDE_FROM = 84;
const SIDE = 34;
const GAP = 3;
const AIRY_FROM = 24;

interface Layout {
  readonly text: Size;
  readonly side: Size | undefined;
  /** of the classes, where they stand under the text */
  readonly below: number;
  readonly opinion: readonly string[];
  /** room enough for empty lines */
  readonly isAiry: boolean;
}

function layoutOf(props: LabelViewProps & Size, theme: Theme): Layout {
  const { width, height, session } = props;
  const isWide = width >= SIDE_FROM;
  const textWidth = isWide ? width - SIDE - GAP : width;
  const all = opinionLines(props, textWidth, theme);
  const body = Math.max(0, height - 3); // title, bar, keys
  const opinion = all.slice(0, Math.max(0, Math.min(all.length, Math.floor(body / 3))));
  const rows = Math.ceil((session.classes.length + 1) / columnsBelow(session.classes, width));
  const below = isWide ? 0 : Math.min(rows + 1, Math.floor(body / 2));
  const isAiry = height >= AIRY_FROM;
  const around = isAiry ? 3 : 2; // the line above the text, and the one below it
  const text = { width: textWidth, height: Math.max(0, body - below - opinion.length - around) };
  return { text, opinion, below, isAiry, side: isWide ? { width: SIDE, height: body } : undefined };
}

export function textExtentOf(props: LabelViewProps & Size, theme: Theme): TextExtent {
  const { text } = layoutOf(props, theme);
  const item = currentItem(props.session);
  const lines = item === undefined ? 0 : reviewLines(item.text, [], text.width, theme).length;
  return { page: Math.max(1, text.height - 1), mostScroll: Math.max(0, lines - text.height) };
}

export function LabelView(props: LabelViewProps & Size) {
  const { session, ui, width, height } = props;
  const theme = useTheme();
  const progress = progressOf(session);
  const item = currentItem(session);
  const { text, side, below, opinion, isAiry } = layoutOf(props, theme);
  const body = Math.max(0, height - 3);
  if (ui.isHelp) {
    const lines = helpLines(session, width, theme);
    return (
      <Box flexDirection="column" width={width} height={height} overflow="hidden">
        <Lines lines={lines} width={width} height={height - 1} />
        <Text wrap="truncate">{theme.dim('any key closes')}</Text>
      </Box>
    );
  }
  const review =
    item === undefined ? [] : reviewLines(item.text, props.words ?? [], text.width, theme).slice(ui.scroll);
  const hidden = review.length - text.height;
  const main = [
    item === undefined ? theme.dim('there is nothing to label') : placeLine(session, item, text.width, theme),
    ...(isAiry ? [''] : []),
    ...padded(review, text.height),
    hidden > 0 || ui.scroll > 0
      ? theme.dim(shortened(scrollNote(ui.scroll, Math.max(0, hidden)), text.width, theme.glyphs.ellipsis))
      : '',
    ...opinion,
  ];
  return (
    <Box flexDirection="column" width={width} height={height} overflow="hidden">
      <Text wrap="truncate">{titleLine(props, progress, width, theme)}</Text>
      <Text wrap="truncate">{progressBar(progress.done / Math.max(1, progress.total), width, theme)}</Text>
      <Box height={body}>
        <Box flexDirection="column" width={text.width}>
          <Lines lines={main} width={text.width} height={body - below} />
          {below > 0 && (
            <Lines
              lines={underLines(props, progress, { width, height: below }, theme)}
              width={width}
              height={below}
            />
          )}
        </Box>
        {side !== undefined && (
          <Box marginLeft={GAP}>
            <Lines lines={sideLines(props, progress, side, theme)} {...side} />
          </Box>
        )}
      </Box>
      <Text wrap="truncate">{lastLine(props, progress, width, theme)}</Text>
    </Box>
  );
}

function titleLine(
  { file, output }: LabelViewProps,
  { total, done, skipped }: SessionProgress,
  width: number,
  theme: Theme,
): string {
  const { ellipsis, separator, to } = theme.glyphs;
  const all = `${count(done)} of ${count(total)} done`;
  const more = skipped === 0 ? '' : ` ${separator} ${count(skipped)} skipped`;
  const said = shortened(all + more, width, ellipsis);
  const name = fitted(
    `${theme.plain(file)} ${to} ${theme.plain(output)}`,
    Math.max(0, width - widthOf(said) - 2),
    ellipsis,
  );
  return `${theme.bold(name)}  ${said}`;
}

/** Where one is, and what was said of it. */
function placeLine(session: LabellingSession, item: LabellingItem, width: number, theme: Theme): string {
  const { separator, ellipsis, marked } = theme.glyphs;
  const place = `review ${count(session.at + 1)} of ${count(session.items.length)} ${separator} row ${item.row}`;
  const verdict = session.decisions[session.at]?.verdict;
  if (verdict === undefined) return theme.dim(shortened(place, width, ellipsis));
  const said =
    verdict.kind === 'label'
      ? theme.plain(verdict.label)
      : verdict.kind === 'exclude'
        ? 'left out'
        : 'skipped';
  const room = Math.max(0, width - widthOf(place) - 2);
  return `${theme.dim(shortened(place, width, ellipsis))}  ${theme.good(shortened(`${marked} ${said}`, room, ellipsis))}`;
}

function scrollNote(above: number, below: number): string {
  const parts = [above > 0 ? `${above} lines above` : '', below > 0 ? `${below} lines below` : ''];
  return `${parts.filter((part) => part !== '').join(', ')} (PgUp, PgDn)`;
}

function lastLine({ session, ui }: LabelViewProps, { left }: SessionProgress, width: number, theme: Theme) {
  const cut = (text: string) => shortened(text, width, theme.glyphs.ellipsis);
  if (ui.message !== undefined) return theme.warn(cut(theme.plain(ui.message)));
  if (ui.query !== undefined) {
    const label = foundClasses(session.classes, ui.query)[ui.chosen];
    const hint = label === undefined ? 'Esc goes back' : `Enter gives ${label}, Esc goes back`;
    return cut(`/${theme.plain(ui.query)}${theme.hasUnicode ? '▏' : '_'}  ${theme.plain(hint)}`);
  }
  if (left === 0 && session.items.length > 0)
    return theme.good(cut('all are done: q leaves and writes the file; u takes the last one back'));
  const shown: string[] = [];
  let used = 0;
  const add = (key: string, short: string) => {
    const length = key.length + short.length + 3;
    if (used + length > width + 2) return;
    shown.push(`${theme.bold(key)} ${theme.dim(short)}`);
    used += length;
  };
  for (const { keys, short } of LABEL_KEYS.slice(0, 2)) add(shownKeys(keys).split(' ')[0] ?? '', short ?? '');
  add(shownClassKeys(Math.min(9, session.classes.length)).replaceAll(' ', ''), 'label');
  for (const { keys, short } of LABEL_KEYS.slice(2))
    if (short !== undefined) add(shownKeys(keys).split(' ')[0] ?? '', short);
  return shown.join('  ');
}

function helpLines({ classes }: LabellingSession, width: number, theme: Theme): string[] {
  const rows = [
    {
      keys: shownClassKeys(classes.length),
      help: 'give the label that the class list has at this key, and go on',
    },
    ...LABEL_KEYS.map(({ keys, help }) => ({ keys: shownKeys(keys), help })),
  ];
  const room = Math.max(...rows.map(({ keys }) => widthOf(keys))) + 3;
  return [
    theme.bold('Keys of labelling'),
    ...rows.map(
      ({ keys, help }) =>
        theme.accent(fitted(keys, room)) + shortened(help, Math.max(0, width - room), theme.glyphs.ellipsis),
    ),
    '',
    ...wrapped(
      'Every key is saved before the screen shows it; begin the same command again to go on.',
      width,
    ).map(theme.dim),
  ];
}
