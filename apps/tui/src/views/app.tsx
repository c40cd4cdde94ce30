/** The monitor: the list of runs, a run, or several compared, between the line that says where one is and the line of keys. */
import { Box, useApp, useInput } from 'ink';
import { useCallback, useEffect, useState } from 'react';
import { namesOf } from '../keys.ts';
import type { WatchedRun } from '../reader/run-feed.ts';
import type { RunSource, RunSummary, SentCommand } from '../reader/run-source.ts';
import { useLatest, useNow, useRunList, useWatchedRuns } from '../reader/use-runs.ts';
import type { Theme } from '../terminal/theme.ts';
import {
  type Effect,
  type Looking,
  placeOf,
  pressed,
  rowAt,
  scopeOf,
  startUi,
  type Ui,
} from '../ui-state.ts';
import { Compare, type Difference, differencesOf, settingsOfRuns } from './compare.tsx';
import { extentOf } from './extent.ts';
import { Footer } from './footer.tsx';
import { Help } from './help.tsx';
import { contains, RunScreen } from './run-screen.tsx';
import { Runs } from './runs.tsx';
import { livelyStatus } from './status.ts';
import { ThemeContext } from './theme-context.ts';
import { TabBar, Title } from './title.tsx';
import { useSize } from './use-size.ts';

export interface AppProps {
  readonly source: RunSource;
  readonly start: Looking;
  readonly theme: Theme;
  /** puts a text into the clipboard, where the terminal can */
  readonly onCopy: (text: string) => void;
  /** gives the terminal back to the shell for a while */
  readonly onSuspend?: () => void;
  /** told of every key, before it is obeyed */
  readonly onKey?: () => void;
}

export function App({ source, start, theme, onCopy, onSuspend, onKey }: AppProps) {
  const [ui, setUi] = useState(() => startUi(start));
  const { exit } = useApp();
  const { width, height } = useSize();
  const now = useNow();
  const { looking } = ui;
  const { runs: listed, error } = useRunList(source, looking.at === 'runs');
  const watched = useWatchedRuns(source, idsOf(looking));
  const runs = (listed ?? []).filter(({ id, model }) => contains(`${id} ${model}`, ui.filters.runs));
  const differences = looking.at === 'compare' ? differencesShown(watched, ui) : [];

  const chrome = looking.at === 'run' ? 3 : 2;
  const body = { width, height: Math.max(0, height - chrome - (height >= 18 ? 1 : 0)) };
  const extent = extentOf({ ui, runs, run: watched[0], differences, height: body.height });

  const latest = useLatest({ ui, extent, watched });
  const say = useCallback(
    (text: string, isFault = false) => setUi((before) => ({ ...before, message: { text, isFault } })),
    [],
  );
  useEffect(() => {
    if (ui.message === null) return;
    const timer = setTimeout(() => setUi((before) => ({ ...before, message: null })), MESSAGE_MS);
    return () => clearTimeout(timer);
  }, [ui.message]);
  const carryOut = useCallback(
    (effect: Effect) => {
      if (effect.kind === 'quit') return exit();
      if (effect.kind === 'suspend') return onSuspend?.();
      const run = latest.current.watched.find(({ id }) => id === effect.id);
      if (run === undefined) return;
      if (effect.kind === 'copy') {
        const command = source.resumeCommand(effect.id, run.state);
        onCopy(command);
        return say(`copied: ${command}`);
      }
      if (run.status !== 'running') return say(`nothing is at work on this run: it is ${run.status}`, true);
      source.send(effect.id, effect.command).then(
        () => say(ASKED[effect.command]),
        (fault: unknown) => say(fault instanceof Error ? fault.message : String(fault), true),
      );
    },
    [source, onCopy, onSuspend, exit, say, latest],
  );
  useInput(
    useCallback(
      (input, key) => {
        onKey?.();
        for (const name of namesOf({ input, key: { ...key } })) {
          const { ui: next, effect } = pressed(latest.current.ui, name, latest.current.extent);
          latest.current = { ...latest.current, ui: next };
          setUi(next);
          if (effect !== undefined) carryOut(effect);
        }
      },
      [carryOut, onKey, latest],
    ),
  );

  return (
    <ThemeContext.Provider value={theme}>
      <Box flexDirection="column" width={width} height={height}>
        <Head {...{ ui, source, watched, theme, width }} runs={listed} isOld={error !== undefined} />
        {looking.at === 'run' && <TabBar tab={ui.tab} width={width} />}
        {height >= 18 && <Box height={1} />}
        <Box height={body.height} width={width}>
          <Body
            {...{ ui, runs, watched, differences, error, now }}
            isListed={listed !== undefined}
            {...body}
          />
        </Box>
        <Footer ui={ui} run={looking.at === 'run' ? watched[0] : undefined} width={width} />
      </Box>
    </ThemeContext.Provider>
  );
}

/** For how long the keys give way to what was told. */
const MESSAGE_MS = 8000;

const ASKED: Readonly<Record<SentCommand, string>> = {
  pause: 'asked to pause after this step',
  resume: 'asked to go on',
  checkpoint: 'asked to save a checkpoint',
  'stop-after-epoch': 'asked to stop after this epoch',
};

function idsOf(looking: Looking): readonly string[] {
  if (looking.at === 'runs') return [];
  return looking.at === 'run' ? [looking.id] : looking.ids;
}

function differencesShown(watched: readonly WatchedRun[], { filters }: Ui): Difference[] {
  const states = watched.map(({ state }) => state);
  return differencesOf(settingsOfRuns(states)).filter(({ name, values }) =>
    contains(`${name} ${values.join(' ')}`, filters.compare),
  );
}

interface HeadProps {
  readonly ui: Ui;
  readonly source: RunSource;
  readonly runs: readonly RunSummary[] | undefined;
  /** it could not be looked at again */
  readonly isOld: boolean;
  readonly watched: readonly WatchedRun[];
  readonly theme: Theme;
  readonly width: number;
}

function Head({ ui, source, runs, isOld, watched, theme, width }: HeadProps) {
  const { looking } = ui;
  const [run] = watched;
  if (looking.at === 'run' && run !== undefined) {
    const status = run.isRead ? livelyStatus(run.state, run.status, theme) : undefined;
    const note = run.isBroken ? 'connection lost, trying again' : '';
    return (
      <Title name={looking.id.replaceAll(':', '/')} {...(status && { status })} note={note} width={width} />
    );
  }
  if (looking.at === 'compare') return <Title name={`${looking.ids.length} runs compared`} width={width} />;
  const live = (runs ?? []).filter(({ status }) => status === 'running').length;
  const marked = ui.marked.length > 0 ? `${ui.marked.length} marked, ` : '';
  const counts = `${marked}${live} running, ${runs?.length} in all`;
  const note = runs === undefined ? '' : isOld ? 'out of date, trying again' : counts;
  return <Title name={`otzyv ${theme.glyphs.separator} ${source.place}`} note={note} width={width} />;
}

interface BodyProps {
  readonly ui: Ui;
  readonly runs: readonly RunSummary[];
  readonly isListed: boolean;
  readonly watched: readonly WatchedRun[];
  readonly differences: readonly Difference[];
  readonly error: unknown;
  readonly now: number;
  readonly width: number;
  readonly height: number;
}

function Body({ ui, runs, isListed, watched, differences, error, now, width, height }: BodyProps) {
  const size = { width, height };
  if (ui.isHelp) return <Help scope={scopeOf(ui)} {...size} />;
  const { looking } = ui;
  const [run] = watched;
  if (looking.at === 'run')
    return run === undefined ? null : <RunScreen run={run} ui={ui} now={now} {...size} />;
  if (looking.at === 'compare')
    return <Compare runs={watched} differences={differences} first={ui.rows.compare ?? 0} {...size} />;
  const chosen = rowAt(ui, { rows: runs.length });
  const nothing = error instanceof Error ? error.message : nothingSaid(ui, isListed);
  return <Runs runs={runs} chosen={chosen} marked={ui.marked} now={now} nothing={nothing} {...size} />;
}

function nothingSaid(ui: Ui, isListed: boolean): string {
  if (!isListed) return 'looking for runs';
  const filter = ui.filters[placeOf(ui)] ?? '';
  return filter === ''
    ? 'There are no runs here yet: they appear as they begin.'
    : `No run is called so: ${filter}`;
}
