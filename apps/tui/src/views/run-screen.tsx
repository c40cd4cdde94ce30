/** One run: the tab that is open, over what can be said of the run now. */
import type { WatchedRun } from '../reader/run-feed.ts';
import { wrapped } from '../text.ts';
import { rowAt, type Ui } from '../ui-state.ts';
import { CHART_COUNT, Charts } from './charts.tsx';
import { Classes, worstFirst } from './classes.tsx';
import { Config, type Setting, settingsOf } from './config.tsx';
import { Confusion } from './confusion.tsx';
import { Examples } from './examples.tsx';
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
  const last = state.evaluations.at(-1);
  const step = last?.step ?? null;
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
    case 'classes': {
      const classes = shownClasses(run, ui);
      const isBest = last === undefined || last.step === state.best?.step;
      return (
        <Classes
          classes={classes}
          best={isBest ? null : (state.best?.perClass ?? null)}
          step={step}
          chosen={rowAt(ui, { rows: classes?.length ?? 0 })}
          {...size}
        />
      );
    }
    case 'confusion': {
      const labels = state.confusion?.labels.length ?? 0;
      return (
        <Confusion
          confusion={state.confusion}
          step={step}
          truth={rowAt(ui, { rows: labels })}
          answer={Math.min(ui.columns.confusion ?? 0, Math.max(0, labels - 1))}
          {...size}
        />
      );
    }
    case 'examples': {
      const examples = shownExamples(run, ui);
      return (
        <Examples
          examples={examples}
          isTold={state.hardest.length > 0}
          step={step}
          chosen={rowAt(ui, { rows: examples.length })}
          {...size}
        />
      );
    }
    case 'log':
      return <Log log={shownLog(run, ui)} last={ui.rows.log ?? Infinity} {...size} />;
    case 'config':
      return <Config settings={shownSettings(run, ui)} first={ui.rows.config ?? 0} {...size} />;
  }
}

/** @returns what of the run the filter leaves */
export function shownLog({ state }: WatchedRun, { filters }: Ui) {
  return state.log.filter(({ text }) => contains(text, filters.log));
}

/** @returns null where the latest evaluation has not told of them */
export function shownClasses({ state }: WatchedRun, { filters }: Ui) {
  const classes = state.evaluations.at(-1)?.perClass ?? null;
  return classes && worstFirst(classes).filter(({ label }) => contains(label, filters.classes));
}

export function shownExamples({ state }: WatchedRun, { filters }: Ui) {
  return state.hardest.filter(({ text, truth, predicted }) =>
    contains(`${truth} ${predicted} ${text}`, filters.examples),
  );
}

export function shownSettings({ state }: WatchedRun, { filters }: Ui): Setting[] {
  return settingsOf(state).filter(({ name, value }) => contains(`${name} ${value}`, filters.config));
}

export function contains(text: string, filter = ''): boolean {
  return text.toLowerCase().includes(filter.toLowerCase());
}
