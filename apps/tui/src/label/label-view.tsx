/**
 * One review, what a model makes of it, and the classes to choose from: data in, lines out. From 84 columns on the classes
 * stand at the side, below that under the text.
 */
import {
  agreementOf,
  currentItem,
  type LabellingItem,
  type LabellingSession,
  paceOf,
  progressOf,
  type SessionProgress,
  suggestedLabel,
  type WordWeight,
} from '@otzyv/trainer';
import { Box, Text } from 'ink';
import { progressBar } from '../charts/bar.ts';
import { count, percent } from '../format.ts';
import type { Theme } from '../terminal/theme.ts';
import { fitted, shortened, widthOf, wrapped } from '../text.ts';
import { Lines, type Size } from '../views/lines.tsx';
import { useTheme } from '../views/theme-context.ts';
import { CLASS_KEYS, LABEL_KEYS, shownClassKeys, shownKeys } from './label-keys.ts';
import { foundClasses, type LabelUi } from './label-state.ts';
import { loudestWords, reviewLines } from './review-text.ts';

export interface LabelViewProps {
  readonly session: LabellingSession;
  readonly ui: LabelUi;
  /** what is labelled, and what comes out */
  readonly title: string;
  /** words that mattered to the model; undefined where none is asked, null while it is at work */
  readonly words: readonly WordWeight[] | null | undefined;
}

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
      <Text wrap="truncate">{titleLine(props.title, progress, width, theme)}</Text>
      <Text wrap="truncate">{progressBar(progress.done / Math.max(1, progress.total), width, theme)}</Text>
      <Box height={body}>
        <Box flexDirection="column" width={text.width}>
          <Lines lines={main} width={text.width} height={body - below} />
          {below > 0 && (
            <Lines lines={underLines(props, progress, below, theme)} width={width} height={below} />
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

function titleLine(title: string, { total, done, skipped }: SessionProgress, width: number, theme: Theme) {
  const { ellipsis, separator } = theme.glyphs;
  const all = `${count(done)} of ${count(total)} done`;
  const more = skipped === 0 ? '' : ` ${separator} ${count(skipped)} skipped`;
  const said = shortened(all + more, width, ellipsis);
  const name = fitted(theme.plain(title), Math.max(0, width - widthOf(said) - 2), ellipsis);
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

/** What the model suggests and why, and what the file says. */
function opinionLines({ session, words }: LabelViewProps, width: number, theme: Theme): string[] {
  const item = currentItem(session);
  if (item === undefined) return [];
  const { ellipsis } = theme.glyphs;
  const line = (name: string, parts: readonly { text: string; paint?: (text: string) => string }[]) => {
    let room = width - NAME_WIDTH;
    const shown: string[] = [];
    for (const { text, paint = (plain: string) => plain } of parts) {
      const cut = shortened(theme.plain(text), room, ellipsis);
      if (cut === '') break;
      shown.push(paint(cut));
      room -= widthOf(cut) + 2;
    }
    return theme.dim(fitted(name, NAME_WIDTH)) + shown.join('  ');
  };
  const lines: string[] = [];
  const [best, ...others] = item.suggestions;
  if (best !== undefined) {
    const said = ({ label, probability }: typeof best) =>
      probability === undefined ? label : `${label} ${percent(probability)}`;
    lines.push(
      line('suggested', [
        { text: said(best), paint: (text) => theme.bold(theme.accent(text)) },
        ...others.map((other) => ({ text: said(other), paint: theme.dim })),
      ]),
    );
  }
  if (words === null) lines.push(line('because', [{ text: ellipsis, paint: theme.dim }]));
  else if (words !== undefined) {
    const { speaking, against } = loudestWords(words, 4);
    const said = ({ word, weight }: WordWeight) =>
      `${word} ${weight > 0 ? '+' : theme.hasUnicode ? '−' : '-'}${Math.abs(weight).toFixed(2)}`;
    const told = [
      ...speaking.map((word) => ({ text: said(word), paint: theme.good })),
      ...against.map((word) => ({ text: said(word), paint: theme.bad })),
    ];
    lines.push(
      line('because', told.length > 0 ? told : [{ text: 'no single word matters', paint: theme.dim }]),
    );
  }
  if (item.label !== undefined) {
    const sure = item.labelProbability === undefined ? '' : ` ${percent(item.labelProbability)}`;
    const isDoubted = best !== undefined && best.label !== item.label;
    lines.push(line('in the file', [{ text: item.label + sure, ...(isDoubted && { paint: theme.warn }) }]));
  }
  const verdict = session.decisions[session.at]?.verdict;
  // it would sway whoever has not decided yet
  if (verdict?.kind === 'label' && item.second !== undefined) {
    const paint = item.second === verdict.label ? theme.good : theme.warn;
    lines.push(line('the other', [{ text: item.second, paint }]));
  }
  if (item.note !== '') {
    for (const part of wrapped(theme.plain(item.note), width - NAME_WIDTH, 2))
      lines.push(line('', [{ text: part, paint: theme.dim }]));
  }
  return lines;
}

const NAME_WIDTH = 13;

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

function sideLines(props: LabelViewProps, progress: SessionProgress, { width, height }: Size, theme: Theme) {
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
function underLines(
  props: LabelViewProps,
  progress: SessionProgress,
  height: number,
  theme: Theme,
): string[] {
  const { width } = props as LabelViewProps & Size;
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

function columnsBelow(classes: readonly string[], width: number): number {
  const widest = Math.max(1, ...classes.map((label) => widthOf(label))) + 5;
  return Math.max(1, Math.min(3, Math.floor(width / Math.min(widest, 30))));
}

interface Fact {
  readonly name: string;
  readonly said: string;
}

/** Pace, and how far two people agree. */
function factsOf(session: LabellingSession, { left, excluded }: SessionProgress, theme: Theme): Fact[] {
  const facts: Fact[] = [];
  const pace = paceOf(session);
  if (pace !== undefined) {
    const minutes = Math.ceil(left / pace);
    facts.push({ name: 'pace', said: `${pace.toFixed(pace < 10 ? 1 : 0)} a minute` });
    if (left > 0) {
      const time = minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
      facts.push({ name: 'left', said: `${count(left)}, about ${time}` });
    }
  }
  if (excluded > 0) facts.push({ name: 'left out', said: `${count(excluded)} left out` });
  const agreement = agreementOf(session);
  if (agreement !== undefined) {
    const { rows, agreed, kappa, interval } = agreement;
    const name = theme.hasUnicode ? 'κ' : 'kappa';
    const range =
      interval === undefined
        ? ''
        : ` (${interval.low.toFixed(2)} ${theme.glyphs.dash} ${interval.high.toFixed(2)})`;
    facts.push({
      name: 'agreement',
      said: kappa === undefined ? `${name} not known yet` : `${name} ${kappa.toFixed(2)}${range}`,
    });
    facts.push({ name: '', said: `same on ${count(agreed)} of ${count(rows)}` });
  }
  return facts;
}

function factLines(session: LabellingSession, progress: SessionProgress, width: number, theme: Theme) {
  return factsOf(session, progress, theme).map(
    ({ name, said }) => theme.dim(fitted(name, 10)) + shortened(said, width - 10, theme.glyphs.ellipsis),
  );
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

function padded(lines: readonly string[], height: number): string[] {
  return Array.from({ length: Math.max(0, height) }, (_, at) => lines[at] ?? '');
}
