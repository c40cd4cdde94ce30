/** One run: the tab that is open, over what can be said of the run now. */
import type { WatchedRun } from '../reader/run-feed.ts';
import { wrapped } from '../text.ts';
import { rowAt, type Ui } from '../ui-state.ts';
import { CHART_COUNT, Charts } from './charts.tsx';
import { Config, type Setting, settingsOf } from './config.tsx';
import { Lines, type Size } from './lines.tsx';
import { Log } from './log.tsx';
import { Overview } from './overview.tsx';
import { useTheme } from './theme-context.ts';

export interface RunScreenProps extends Size {
  readonly run: WatchedRun;
  readonly ui: Ui;
  readonly now: number;
}

export function RunScreen({ run, ui, now, width, height }: RunScreenProps) {
  const theme = useTheme();
  const size = { width, height };
  const { state } = run;
  if (run.error !== undefined) {
    const said = run.error instanceof Error ? run.error.message : String(run.error);
    return <Lines lines={['', ...wrapped(theme.plain(said), width).map(theme.bad)]} {...size} />;
  }
  if (!run.isRead) return <Lines lines={['', theme.dim('reading…')]} {...size} />;
  switch (ui.tab) {
    case 'overview':
      return <Overview run={run} now={now} {...size} />;
    case 'charts':
      return (
        <Charts
          state={state}
          chosen={rowAt(ui, { rows: CHART_COUNT })}
          isEnlarged={ui.isEnlarged}
          {...size}
        />
      );
    case 'log':
      return <Log log={shownLog(run, ui)} last={ui.rows.log ?? Infinity} {...size} />;
    case 'config':
      return <Config settings={shownSettings(run, ui)} first={ui.rows.config ?? 0} {...size} />;
    default:
      return <Lines lines={[]} {...size} />;
  }
}

/** @returns what of the run the filter leaves */
export function shownLog({ state }: WatchedRun, { filters }: Ui) {
  return state.log.filter(({ text }) => contains(text, filters.log));
}

export function shownSettings({ state }: WatchedRun, { filters }: Ui): Setting[] {
  return settingsOf(state).filter(({ name, value }) => contains(`${name} ${value}`, filters.config));
}

export function contains(text: string, filter = ''): boolean {
  return text.toLowerCase().includes(filter.toLowerCase());
}
