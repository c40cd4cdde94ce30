/** The runs of a folder or a server, those that go on first. */
import { progressBar, sparkline } from '../charts/bar.ts';
import { ago, count, duration, metricName, percent, score } from '../format.ts';
import type { RunSummary } from '../reader/run-source.ts';
import type { Theme } from '../terminal/theme.ts';
import { wrapped } from '../text.ts';
import type { Size } from './lines.tsx';
import { Lines } from './lines.tsx';
import { statusWords } from './status.ts';
import { type Cell, type Column, firstShown, tableLines } from './table.ts';
import { useTheme } from './theme-context.ts';

export interface RunsProps extends Size {
  readonly runs: readonly RunSummary[];
  readonly chosen: number;
  readonly marked: readonly string[];
  readonly now: number;
  /** what to say where there is none */
  readonly nothing: string;
}

export function Runs({ runs, chosen, marked, now, nothing, width, height }: RunsProps) {
  const theme = useTheme();
  if (runs.length === 0)
    return <Lines lines={['', ...wrapped(nothing, width).map(theme.dim)]} width={width} height={height} />;
  const page = height - 1;
  const first = firstShown(chosen, runs.length, page);
  const shown = runs.slice(first, first + page);
  const { head, body } = tableLines(
    COLUMNS(width),
    shown.map((run) => cellsOf(run, marked.includes(run.id), now, theme)),
    width - 2,
    theme,
  );
  const lines = body.map((line, at) =>
    at + first === chosen ? `${theme.accent(theme.glyphs.pointer)} ${line}` : `  ${line}`,
  );
  return <Lines lines={[`  ${head}`, ...lines]} width={width} height={height} />;
}

const BAR = 12;

const COLUMNS = (width: number): Column[] => [
  { title: 'run', isElastic: true, leastWidth: width < 80 ? 10 : 16 },
  { title: 'status' },
  { title: 'done', isNumber: true },
  { title: 'best', isNumber: true },
  { title: 'left / when', isNumber: true },
  { title: 'progress' },
  { title: 'loss' },
  { title: 'step', isNumber: true },
  { title: 'epoch', isNumber: true },
  { title: 'model', isElastic: true, leastWidth: 6 },
  { title: 'metric' },
];

function cellsOf(run: RunSummary, isMarked: boolean, now: number, theme: Theme): Cell[] {
  const { status, progress, losses } = run;
  const words = statusWords(status, theme, run.isPaused);
  const left = run.timeLeftMs === null ? '' : duration(run.timeLeftMs);
  return [
    {
      text: (isMarked ? `${theme.glyphs.marked} ` : '') + theme.plain(run.id.replaceAll(':', '/')),
      paint: isMarked ? theme.accent : status === 'running' ? theme.bold : (text) => text,
    },
    { text: words.text, paint: words.paint },
    { text: progress === null ? '' : percent(progress) },
    { text: score(run.best ?? undefined) },
    {
      text: status === 'running' ? left : ago(run.updatedAt, now),
      paint: status === 'running' ? (text) => text : theme.dim,
    },
    {
      text: '-'.repeat(BAR),
      paint: ({ length }) => (progress === null ? ' '.repeat(length) : progressBar(progress, length, theme)),
    },
    { text: sparkline(losses, 10, theme) },
    { text: run.totalSteps === null ? count(run.step) : `${count(run.step)}/${count(run.totalSteps)}` },
    { text: run.epochs === null || run.epoch === 0 ? '' : `${run.epoch.toFixed(1)}/${run.epochs}` },
    { text: theme.plain(run.model ?? ''), paint: theme.dim },
    { text: run.metric === null ? '' : metricName(run.metric), paint: theme.dim },
  ];
}
