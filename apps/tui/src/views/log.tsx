/** What a run has said, the newest at the end. */
import type { LogLine } from '@otzyv/trainer/run-state';
import { clock } from '../format.ts';
import type { Theme } from '../terminal/theme.ts';
import { shortened, wrapped } from '../text.ts';
import type { Size } from './lines.tsx';
import { LinesPane } from './pane.tsx';
import { useTheme } from './theme-context.ts';

export interface LogProps extends Size {
  readonly log: readonly LogLine[];
  /** the last to be shown; Infinity: the newest */
  readonly last: number;
}

export function Log({ log, last, width, height }: LogProps) {
  const theme = useTheme();
  const page = height - 1;
  const end = Math.min(log.length, Math.max(last + 1, page));
  const shown = log.slice(Math.max(0, end - page), end);
  const isNewest = end >= log.length;
  const lines = isNewest
    ? shown.flatMap((line) => wrappedLogLine(line, width, theme)).slice(-page)
    : logLines(shown, width, theme);
  const note = isNewest ? `${log.length} lines` : `${end} of ${log.length}, G follows`;
  return <LinesPane title="Log" note={note} lines={lines} width={width} height={height} />;
}

/** @returns one line for each */
export function logLines(log: readonly LogLine[], width: number, theme: Theme): string[] {
  return log.map(({ time, level, text }) => {
    const said = shortened(signOf(level) + theme.plain(text), width - TIME, theme.glyphs.ellipsis);
    return `${theme.dim(clock(time))}  ${paintOf(level, theme)(said)}`;
  });
}

const TIME = 10;

function wrappedLogLine({ time, level, text }: LogLine, width: number, theme: Theme): string[] {
  return wrapped(signOf(level) + theme.plain(text), width - TIME).map(
    (line, at) => (at === 0 ? `${theme.dim(clock(time))}  ` : ' '.repeat(TIME)) + paintOf(level, theme)(line),
  );
}

function signOf(level: LogLine['level']): string {
  return level === 'info' ? '' : level === 'warning' ? '! ' : 'error: ';
}

function paintOf(level: LogLine['level'], theme: Theme): (text: string) => string {
  return { info: (text: string) => text, warning: theme.warn, error: theme.bad }[level];
}
