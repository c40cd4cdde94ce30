/** The first lines: where one is, how it fares, and the tabs by their names. */
import { Box, Text } from 'ink';
import { shortened, widthOf } from '../text.ts';
import { TABS, type Tab } from '../ui-state.ts';
import type { StatusWords } from './status.ts';
import { useTheme } from './theme-context.ts';

export interface TitleProps {
  readonly width: number;
  /** what is looked at */
  readonly name: string;
  readonly status?: StatusWords;
  /** at the right end, where there is room */
  readonly note?: string;
}

export function Title({ width, name, status, note = '' }: TitleProps) {
  const theme = useTheme();
  const said = status === undefined ? '' : shortened(status.text, width - 12, theme.glyphs.ellipsis);
  const end = [said, note].filter((part) => part !== '').join('  ');
  const room = width - widthOf(end) - 1;
  const hasNote = room > 16;
  const right = hasNote ? end : said;
  const left = shortened(theme.plain(name), width - widthOf(right) - 1, theme.glyphs.ellipsis);
  const gap = ' '.repeat(Math.max(1, width - widthOf(left) - widthOf(right)));
  const painted =
    (status?.paint(said) ?? '') + (hasNote && note !== '' ? theme.dim(right.slice(said.length)) : '');
  return <Text wrap="truncate">{theme.bold(left) + gap + painted}</Text>;
}

/** Every name in full, where that can be: what there is should be seen, not remembered. */
export function TabBar({ width, tab }: { readonly width: number; readonly tab: Tab }) {
  const theme = useTheme();
  const named = (gap: string, name: (of: Tab) => string) =>
    TABS.map((of, at) => ({ of, text: `${at + 1}${gap}${name(of)}` }));
  const capital = (of: Tab) => of.charAt(0).toUpperCase() + of.slice(1);
  const ways = [
    { tabs: named(' ', capital), between: '   ' },
    { tabs: named(' ', capital), between: ' ' },
    { tabs: named('', capital), between: ' ' },
    { tabs: named('', (of) => (of === tab ? capital(of) : capital(of).slice(0, 4))), between: ' ' },
    { tabs: named('', (of) => (of === tab ? capital(of) : '')), between: ' ' },
  ];
  const lengthOf = ({ tabs, between }: (typeof ways)[number]) =>
    tabs.map(({ text }) => text).join(between).length;
  const { tabs, between } =
    ways.find((way) => lengthOf(way) <= width) ?? (ways.at(-1) as (typeof ways)[number]);
  const painted = tabs.map(({ of, text }) => {
    if (of === tab) return theme.colors === 'none' ? text.toUpperCase() : theme.chosen(text);
    return theme.dim(text.slice(0, 1)) + text.slice(1);
  });
  return (
    <Box width={width}>
      <Text wrap="truncate">{painted.join(between)}</Text>
    </Box>
  );
}
