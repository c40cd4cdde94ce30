/** The last line: what is asked, typed or told; else the keys that matter here. */
import { Text } from 'ink';
import { bindingsIn, shownKey } from '../keys.ts';
import type { WatchedRun } from '../reader/run-feed.ts';
import { shortened } from '../text.ts';
import { type Place, placeOf, scopeOf, type Ui } from '../ui-state.ts';
import { useTheme } from './theme-context.ts';

export interface FooterProps {
  readonly ui: Ui;
  /** the one that is looked at */
  readonly run: WatchedRun | undefined;
  readonly width: number;
}

export function Footer({ ui, run, width }: FooterProps) {
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
  for (const { keys, short } of mattering(ui, run)) {
    const key = shownKey(keys[0] as string);
    if (used + key.length + short.length + 1 > width) break;
    shown.push(`${theme.bold(key)} ${theme.dim(short)}`);
    used += key.length + short.length + 3;
  }
  return <Text wrap="truncate">{shown.join('  ')}</Text>;
}

const isFiltered = (place: Place) => !['overview', 'charts', 'confusion'].includes(place);

/** How to leave and to learn more stand first: a narrow terminal has room for few. */
function mattering(ui: Ui, run: WatchedRun | undefined): { keys: readonly string[]; short: string }[] {
  const all = bindingsIn(scopeOf(ui)).flatMap(({ action, keys, short }) =>
    short === undefined ? [] : [{ action, keys, short }],
  );
  const isFirst = ({ action }: (typeof all)[number]) => action === 'help' || action === 'quit';
  const isIdle = ({ action }: (typeof all)[number]) => {
    if (action === 'open') return ui.looking.at !== 'runs' && placeOf(ui) !== 'charts';
    if (action === 'copy') return run?.status === 'running' || run?.status === 'finished';
    if (action === 'pause') return run?.status !== 'running' || run.state.isPaused;
    if (action === 'resume') return run?.status !== 'running' || !run.state.isPaused;
    if (action === 'checkpoint' || action === 'stop-after-epoch') return run?.status !== 'running';
    return action === 'filter' && !isFiltered(placeOf(ui));
  };
  return [...all.filter(isFirst), ...all.filter((one) => !isFirst(one) && !isIdle(one))];
}
