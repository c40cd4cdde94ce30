/** The last line: what is asked, typed or told; else the keys that matter here. */
import { Text } from 'ink';
import { bindingsIn, shownKey } from '../keys.ts';
import { shortened } from '../text.ts';
import { placeOf, scopeOf, type Ui } from '../ui-state.ts';
import { useTheme } from './theme-context.ts';

export function Footer({ ui, width }: { readonly ui: Ui; readonly width: number }) {
  const theme = useTheme();
  const cut = (text: string) => shortened(text, width, theme.glyphs.ellipsis);
  const filter = ui.filters[placeOf(ui)] ?? '';
  if (ui.isAsking)
    return (
      <Text wrap="truncate">
        {theme.warn(cut('Stop after this epoch, with a checkpoint?  y yes, any other key no'))}
      </Text>
    );
  if (ui.isTyping)
    return (
      <Text wrap="truncate">
        {cut(`/${filter}${theme.hasUnicode ? '▏' : '_'}  (Enter keeps it, Esc shows all)`)}
      </Text>
    );
  if (ui.message !== null) {
    const { text, isFault } = ui.message;
    return <Text wrap="truncate">{(isFault ? theme.bad : theme.accent)(cut(theme.plain(text)))}</Text>;
  }
  const shown: string[] = filter === '' ? [] : [theme.accent(cut(`/${theme.plain(filter)}`))];
  let used = filter === '' ? 0 : filter.length + 3;
  for (const { keys, short } of mattering(ui)) {
    const key = shownKey(keys[0] as string);
    if (used + key.length + short.length + 1 > width) break;
    shown.push(`${theme.bold(key)} ${theme.dim(short)}`);
    used += key.length + short.length + 3;
  }
  return <Text wrap="truncate">{shown.join('  ')}</Text>;
}

/** How to leave and to learn more stand first: a narrow terminal has room for few. */
function mattering(ui: Ui): { keys: readonly string[]; short: string }[] {
  const all = bindingsIn(scopeOf(ui)).flatMap(({ action, keys, short }) =>
    short === undefined ? [] : [{ action, keys, short }],
  );
  const isFirst = ({ action }: (typeof all)[number]) => action === 'help' || action === 'quit';
  const isIdle = ({ action }: (typeof all)[number]) =>
    action === 'open' && ui.looking.at !== 'runs' && placeOf(ui) !== 'charts';
  return [...all.filter(isFirst), ...all.filter((one) => !isFirst(one) && !isIdle(one))];
}
