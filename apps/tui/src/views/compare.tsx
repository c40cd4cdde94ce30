/** Several runs over one another: their curves, their numbers, and where their configs differ. */
import { meanOf, type RunState } from '@otzyv/trainer/run-state';
import { Box } from 'ink';
import { MARKS } from '../charts/canvas.ts';
import { measure, metricName, metricTitle, score } from '../format.ts';
import type { WatchedRun } from '../reader/run-feed.ts';
import type { Theme } from '../terminal/theme.ts';
import { ChartPane } from './charts.tsx';
import { type Setting, settingsOf } from './config.tsx';
import type { CurveChart } from './curves.ts';
import { Lines, type Size } from './lines.tsx';
import { LinesPane } from './pane.tsx';
import { statusWords } from './status.ts';
import { type Cell, tableLines } from './table.ts';
import { useTheme } from './theme-context.ts';

export interface CompareProps extends Size {
  readonly runs: readonly WatchedRun[];
  readonly differences: readonly Difference[];
  /** the first of the differences to be shown */
  readonly first: number;
}

export interface Difference {
  readonly name: string;
  /** of each run; undefined where it has no such setting */
  readonly values: readonly (string | undefined)[];
}

/** What differs from run to run by its nature. */
const OWN = ['output'];

/** @returns the settings that are not the same in all, in the order in which they are first met */
export function differencesOf(runs: readonly (readonly Setting[])[]): Difference[] {
  const maps = runs.map((settings) => new Map(settings.map(({ name, value }) => [name, value])));
  const names = new Set(maps.flatMap((map) => [...map.keys()]));
  return [...names]
    .filter((name) => !OWN.includes(name))
    .map((name) => ({ name, values: maps.map((map) => map.get(name)) }))
    .filter(({ values }) => new Set(values).size > 1);
}

export const settingsOfRuns = (states: readonly RunState[]): Setting[][] => states.map(settingsOf);

export function Compare({ runs, differences, first, width, height }: CompareProps) {
  const theme = useTheme();
  const isWide = width >= 80;
  const listHeight = Math.min(runs.length + 2, Math.max(3, Math.floor(height / 3)));
  const diffHeight = Math.min(differences.length + 3, Math.max(4, Math.floor(height / 3)));
  const chartHeight = height - listHeight - diffHeight - 1;
  const charts = comparedCharts(runs, theme).slice(0, isWide ? 2 : 1);
  const chartWidth = Math.floor((width - 2 * (charts.length - 1)) / charts.length);
  const page = diffHeight - 2;
  const begin = Math.max(0, Math.min(first, differences.length - page));
  const { head, body } = tableLines(
    [
      { title: 'setting', isElastic: true, leastWidth: 14 },
      ...runs.map((run, at) => ({ title: nameOf(run, at, theme), isElastic: true, leastWidth: 8 })),
    ],
    differences.slice(begin, begin + page).map(({ name, values }): Cell[] => [
      { text: name, paint: theme.dim },
      ...values.map((value, at) => ({
        text: theme.plain(value ?? theme.glyphs.dash),
        paint: theme.series(at),
      })),
    ]),
    width,
    theme,
  );
  return (
    <Box flexDirection="column" width={width} height={height}>
      <Lines lines={summaryLines(runs, width, theme)} width={width} height={listHeight} />
      {chartHeight >= 5 && (
        <Box columnGap={2} height={chartHeight}>
          {charts.map((chart) => (
            <ChartPane key={chart.title} chart={chart} width={chartWidth} height={chartHeight} />
          ))}
        </Box>
      )}
      <Box marginTop={1}>
        <LinesPane
          title="Where their configs differ"
          note={`${differences.length} settings`}
          lines={differences.length === 0 ? [theme.dim('nowhere')] : [head, ...body]}
          width={width}
          height={diffHeight}
        />
      </Box>
    </Box>
  );
}

/** A curve is known by its colour; without colours, by the number in front of the run's name and its mark. */
function nameOf({ id }: WatchedRun, at: number, theme: Theme): string {
  return `${at + 1} ${theme.plain(id.replaceAll(':', '/'))}`;
}

function summaryLines(runs: readonly WatchedRun[], width: number, theme: Theme): string[] {
  const metric = runs[0]?.state.options?.metric ?? 'f1_weighted';
  const { head, body } = tableLines(
    [
      { title: ' ' },
      { title: 'run', isElastic: true, leastWidth: 12 },
      { title: 'status' },
      { title: 'loss', isNumber: true },
      { title: `best ${metricName(metric)}`, isNumber: true },
      { title: 'epoch', isNumber: true },
      { title: 'step', isNumber: true },
    ],
    runs.map((run, at): Cell[] => {
      const { state, status } = run;
      const words = statusWords(status, theme, state.isPaused);
      const mark = theme.hasUnicode ? '━━' : (MARKS[at % MARKS.length] as string).repeat(2);
      return [
        { text: mark, paint: theme.series(at) },
        { text: nameOf(run, at, theme), paint: theme.series(at) },
        { text: words.text, paint: words.paint },
        { text: state.latest === null ? '' : measure(meanOf(state.smoothedLoss)) },
        { text: score(state.best?.metrics[metric]) },
        { text: state.epoch.toFixed(2) },
        { text: String(state.step) },
      ];
    }),
    width,
    theme,
  );
  return [head, ...body];
}

function comparedCharts(runs: readonly WatchedRun[], theme: Theme): CurveChart[] {
  const metric = runs[0]?.state.options?.metric ?? 'f1_weighted';
  return [
    {
      title: 'Loss, smoothed',
      note: '',
      series: runs.map(({ state }, at) => ({
        points: state.curve.points.map(({ step, smoothedLoss: y }) => ({ x: step, y })),
        paint: theme.series(at),
      })),
    },
    {
      title: metricTitle(metric),
      note: '',
      series: runs.map(({ state }, at) => ({
        points: state.evaluations.map(({ step, metrics }) => ({ x: step, y: metrics[metric] ?? Number.NaN })),
        paint: theme.series(at),
      })),
    },
  ];
}
