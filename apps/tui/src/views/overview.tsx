/** Whether a run is well, at a glance: how far it is, its numbers, the curves that matter, its evaluations and last words. */
import { examplesPerSecond, meanOf, shareDone, timeLeftMs, tokensPerSecond } from '@otzyv/trainer/run-state';
import { Box } from 'ink';
import { progressBar } from '../charts/bar.ts';
import { ago, bytes, count, duration, measure, metricName, percent, score } from '../format.ts';
import type { WatchedRun } from '../reader/run-feed.ts';
import type { Theme } from '../terminal/theme.ts';
import { fitted, shortened, widthOf } from '../text.ts';
import { ChartPane } from './charts.tsx';
import { lossChart, metricChart } from './curves.ts';
import { epochLines } from './epochs.ts';
import { Lines, type Size } from './lines.tsx';
import { logLines } from './log.tsx';
import { LinesPane } from './pane.tsx';
import { useTheme } from './theme-context.ts';

export interface OverviewProps extends Size {
  readonly run: WatchedRun;
  readonly now: number;
}

export function Overview({ run, now, width, height }: OverviewProps) {
  const theme = useTheme();
  const { state } = run;
  const columns = width >= 150 ? 3 : width >= 80 ? 2 : 1;
  const facts = factsOf(run, now, theme);
  const shownFacts = columns > 1 ? facts : facts.slice(0, Math.max(4, height - 9));
  const factLines = inColumns(shownFacts, columns, width, theme);
  const top = [progressLine(run, width, theme), '', ...factLines];
  const left = height - top.length - 1;
  const logHeight = left >= 16 ? Math.min(8, Math.floor(left / 4)) : left >= 11 && columns > 1 ? 4 : 0;
  const middle = left - logHeight - (logHeight > 0 ? 1 : 0);
  const paneWidth = Math.floor((width - 2 * (columns - 1)) / columns);
  const pane = { width: paneWidth, height: middle };
  return (
    <Box flexDirection="column" width={width} height={height}>
      <Lines lines={top} width={width} height={Math.min(height, top.length + 1)} />
      {middle >= 4 && (
        <Box columnGap={2} height={middle}>
          <ChartPane chart={lossChart(state, theme)} {...pane} />
          {columns > 2 && <ChartPane chart={metricChart(state, theme)} {...pane} />}
          {columns > 1 && (
            <LinesPane
              title="Evaluations"
              lines={epochLines(state, paneWidth, middle - 1, theme)}
              {...pane}
            />
          )}
        </Box>
      )}
      {logHeight > 0 && (
        <Box marginTop={1}>
          <LinesPane
            title="Log"
            lines={logLines(state.log.slice(-(logHeight - 1)), width, theme)}
            width={width}
            height={logHeight}
          />
        </Box>
      )}
    </Box>
  );
}

function progressLine({ state, status }: WatchedRun, width: number, theme: Theme): string {
  const share = shareDone(state);
  const left = status === 'running' && !state.isPaused ? timeLeftMs(state) : null;
  const said = [
    share === null ? `step ${count(state.step)}` : percent(share),
    ...(left === null ? [] : [`${duration(left)} left`]),
  ].join(`  `);
  const room = width - widthOf(said) - 2;
  if (share === null || room < 8) return shortened(said, width);
  return `${progressBar(share, room, theme)}  ${theme.bold(said)}`;
}

interface Fact {
  readonly name: string;
  readonly value: string;
  readonly paint?: ((text: string) => string) | undefined;
}

/** The most important first: a small terminal shows no more. */
function factsOf({ state, status }: WatchedRun, now: number, theme: Theme): Fact[] {
  const { options, best, checkpoint, latest, data, model, engine, end, resources } = state;
  const dot = ` ${theme.glyphs.separator} `;
  const fact = (name: string, value: string | undefined, paint?: Fact['paint']): Fact[] =>
    value === undefined || value === '' ? [] : [{ name, value, paint }];
  const isGoing = status === 'running' && !state.isPaused;
  const [examples, tokens] = isGoing ? [examplesPerSecond(state), tokensPerSecond(state)] : [null, null];
  const metric = options?.metric ?? 'f1_weighted';
  return [
    ...fact(
      'ended',
      end?.status === 'failed' ? `${theme.plain(end.message)} (${end.code})` : undefined,
      theme.bad,
    ),
    ...fact('epoch', options === null ? undefined : `${state.epoch.toFixed(2)} of ${options.epochs}`),
    ...fact(
      'step',
      state.totalSteps === null ? count(state.step) : `${count(state.step)} of ${count(state.totalSteps)}`,
    ),
    ...fact(
      'loss',
      latest === null
        ? undefined
        : `${measure(latest.loss)}${dot}smoothed ${measure(meanOf(state.smoothedLoss))}`,
    ),
    ...fact(
      'best',
      best === null
        ? undefined
        : `${metricName(metric)} ${score(best.metrics[metric])} at step ${count(best.step)}`,
      theme.good,
    ),
    ...fact(
      'checkpoint',
      checkpoint === null
        ? undefined
        : `step ${count(checkpoint.step)}, ${ago(checkpoint.time, now)}${checkpoint.step === best?.step ? `${dot}the best` : ''}`,
    ),
    ...fact(
      'speed',
      [
        ...(examples === null ? [] : [`${measure(examples)} examples/s`]),
        ...(tokens === null ? [] : [`${measure(tokens)} tokens/s`]),
      ].join(dot),
    ),
    ...fact(
      'machine',
      resources === null
        ? undefined
        : `CPU ${Math.round(resources.cpuPercent)} %${dot}${bytes(resources.memoryBytes)}`,
    ),
    ...(resources?.gpus ?? []).flatMap(({ name, utilisationPercent, memoryBytes, memoryTotalBytes }) =>
      fact(
        'GPU',
        `${Math.round(utilisationPercent)} %${dot}${bytes(memoryBytes)} of ${bytes(memoryTotalBytes)}${dot}${name}`,
      ),
    ),
    ...fact('elapsed', duration(state.elapsedMs)),
    ...fact(
      'rate',
      latest?.learningRate == null
        ? undefined
        : `${measure(latest.learningRate)}${dot}gradient norm ${measure(latest.gradientNorm)}`,
    ),
    ...fact('engine', engine === null ? undefined : `${engine.name} on ${engine.device}`),
    ...fact(
      'model',
      options === null
        ? undefined
        : theme.plain(options.model) + (model === null ? '' : `${dot}${count(model.parameters)} parameters`),
    ),
    ...fact(
      'data',
      data === null || data.train === null
        ? undefined
        : `${count(data.train)} to train, ${count(data.validation ?? 0)} held out, ${data.classes.length} classes`,
    ),
    ...fact('resumed', state.resumptions === 0 ? undefined : `${state.resumptions} times`),
  ];
}

const NAME = 12;

/** Read downwards, column by column. */
function inColumns(facts: readonly Fact[], columns: number, width: number, theme: Theme): string[] {
  const room = Math.floor((width - 2 * (columns - 1)) / columns);
  const rows = Math.ceil(facts.length / columns);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => {
      const one = facts[column * rows + row];
      if (one === undefined) return ' '.repeat(room);
      const value = fitted(one.value, Math.max(0, room - NAME), theme.glyphs.ellipsis);
      return theme.dim(fitted(one.name, Math.min(NAME, room))) + (one.paint?.(value) ?? value);
    }).join('  '),
  );
}
