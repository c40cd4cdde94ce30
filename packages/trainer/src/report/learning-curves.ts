/** How a model was learned: the loss, what was measured after each epoch, the objective of a linear fit. */
import type { LoggedEvent } from '../training/events.ts';
import type { Chart } from './chart.ts';
import { ACCENT, bareLine, FONT_SIZE, legend, PAPER, valueAxis, WARM } from './chart-parts.ts';
import { metricTitle } from './headline.ts';
import { table } from './html.ts';
import { count, score } from './numbers.ts';

/** What of it there is to draw. */
export function learningCurves(all: readonly LoggedEvent[], metric: string): (Chart | undefined)[] {
  const events = withoutRepeated(all);
  return [lossChart(events), metricChart(events, metric), objectiveChart(events)];
}

/** A run that was broken off makes the steps after its checkpoint again. */
function withoutRepeated(events: readonly LoggedEvent[]): LoggedEvent[] {
  return events.reduce<LoggedEvent[]>((kept, event) => {
    if (event.type !== 'run.resumed') kept.push(event);
    else kept = kept.filter((earlier) => !('step' in earlier) || earlier.step <= event.step);
    return kept;
  }, []);
}

type Point = [x: number, y: number];

function lossChart(events: readonly LoggedEvent[]): Chart | undefined {
  const steps = events.flatMap((event) => (event.type === 'step' ? [event] : []));
  if (steps.length < 2) return undefined;
  const raw = steps.map(({ epoch, loss }): Point => [epoch, loss]);
  const smooth = smoothed(raw);
  const validation = events.flatMap((event): Point[] =>
    event.type === 'eval' && event.metrics['log_loss'] !== undefined
      ? [[event.epoch, event.metrics['log_loss']]]
      : [],
  );
  const least = validation.toSorted((a, b) => a[1] - b[1])[0];
  const line = (name: string, color: string, data: Point[], more: object) => ({
    ...{ name, type: 'line', data, symbol: 'none', itemStyle: { color }, ...more },
  });
  const [first, last] = [smooth[0]?.[1], smooth.at(-1)?.[1]];
  const lowest =
    least === undefined
      ? ''
      : ` The validation loss is lowest, ${score(least[1])}, after epoch ${tidy(least[0])}.`;
  return {
    title: 'Loss',
    description: `Learning curve: the training loss goes from ${score(first)} to ${score(last)}.${lowest}`,
    caption: `Faint: each batch; strong: their running mean, with the class weights and the smoothing of the loss.${lowest} Where the dots rise while the line falls, it learns by heart.`,
    heights: [300, 260],
    option: () => ({
      grid: { left: 40, right: 12, top: 28, bottom: 42 },
      legend: legend([bareLine('training'), 'validation']),
      xAxis: valueAxis('epoch', { min: 0, max: tidyEnd(raw), nameGap: 28, splitLine: { show: false } }),
      yAxis: valueAxis('', { scale: true, splitNumber: 4 }),
      series: [
        line('each batch', ACCENT, raw, {
          lineStyle: { color: ACCENT, width: 1, opacity: 0.3 },
          sampling: 'minmax',
        }),
        line('training', ACCENT, smooth, { lineStyle: { color: ACCENT, width: 2.2 }, sampling: 'lttb' }),
        line('validation', WARM, validation, {
          ...{ symbol: 'circle', symbolSize: 7 },
          lineStyle: { color: WARM, width: 1.5, type: 'dashed' },
        }),
      ],
    }),
  };
}

function metricChart(events: readonly LoggedEvent[], metric: string): Chart | undefined {
  const evals = events.flatMap((event) => (event.type === 'eval' ? [event] : []));
  if (evals.length < 2) return undefined;
  const best = evals.filter(({ isBest }) => isBest).at(-1);
  const point = (event: (typeof evals)[number]): Point => [event.epoch, event.metrics[metric] ?? 0];
  const said =
    best === undefined
      ? ''
      : `The best, ${score(best.metrics[metric])}, after epoch ${tidy(best.epoch)}, was kept.`;
  return {
    title: `Validation ${metricTitle(metric)}`,
    description: `${metricTitle(metric)} on the validation data after each epoch. ${said}`,
    caption: said,
    heights: [300, 260],
    option: () => ({
      grid: { left: 48, right: 24, top: 28, bottom: 42 },
      xAxis: valueAxis('epoch', {
        min: 0,
        max: tidyEnd(evals.map(point)),
        nameGap: 28,
        splitLine: { show: false },
      }),
      yAxis: valueAxis('', { scale: true, splitNumber: 4 }),
      series: [
        {
          ...{ type: 'line', data: evals.map(point), symbol: 'circle', symbolSize: 6 },
          lineStyle: { color: ACCENT, width: 2 },
          itemStyle: { color: ACCENT },
        },
        {
          ...{ type: 'scatter', data: best === undefined ? [] : [point(best)], symbolSize: 13, z: 4 },
          itemStyle: { color: PAPER, borderColor: ACCENT, borderWidth: 3 },
          label: {
            show: true,
            position: 'top',
            formatter: score(best?.metrics[metric]),
            color: ACCENT,
            fontSize: FONT_SIZE,
          },
        },
      ],
    }),
    numbers: table(
      `Validation ${metricTitle(metric)} by epoch`,
      [
        { title: 'epoch' },
        { title: metricTitle(metric), isNumber: true },
        { title: 'accuracy', isNumber: true },
      ],
      evals.map(({ epoch, metrics }) => [tidy(epoch), score(metrics[metric]), score(metrics['accuracy'])]),
    ),
  };
}

/** Of a cross-validation: one line a fold. @param folds each fold's events */
export function foldCurves(folds: readonly (readonly LoggedEvent[])[], metric: string): Chart | undefined {
  const lines = folds
    .map((events) =>
      withoutRepeated(events).flatMap((event): Point[] =>
        event.type === 'eval' ? [[event.epoch, event.metrics[metric] ?? 0]] : [],
      ),
    )
    .filter((points) => points.length > 1);
  if (lines.length === 0) return undefined;
  const ends = lines.map((points) => points.at(-1)?.[1] ?? 0);
  return {
    title: `Validation ${metricTitle(metric)}, a line a fold`,
    description: `${metricTitle(metric)} of each fold after each epoch; at the end between ${score(Math.min(...ends))} and ${score(Math.max(...ends))}.`,
    caption: 'Each fold kept the checkpoint of its own highest point.',
    heights: [300, 260],
    option: () => ({
      grid: { left: 48, right: 16, top: 12, bottom: 42 },
      xAxis: valueAxis('epoch', { min: 0, nameGap: 28, splitLine: { show: false } }),
      yAxis: valueAxis('', { scale: true, splitNumber: 4 }),
      series: lines.map((data) => ({
        ...{ type: 'line', data, symbol: 'circle', symbolSize: 4, itemStyle: { color: ACCENT } },
        lineStyle: { color: ACCENT, width: 1.5, opacity: 0.6 },
      })),
    }),
  };
}

/** Of a linear model: one fit, by iterations. */
function objectiveChart(events: readonly LoggedEvent[]): Chart | undefined {
  const points = events.flatMap((event): Point[] =>
    event.type === 'linear.iteration' ? [[event.iteration, event.objective]] : [],
  );
  if (points.length < 3) return undefined;
  const [first, last] = [points[0]?.[1] ?? 0, points.at(-1)?.[1] ?? 0];
  return {
    title: 'What the fit minimises',
    description: `The objective of the linear fit falls from ${first.toFixed(1)} to ${last.toFixed(1)} in ${points.length} iterations.`,
    caption: 'The penalised loss after each iteration: flat at the end, it has converged.',
    heights: [280, 240],
    option: () => ({
      grid: { left: 52, right: 12, top: 12, bottom: 42 },
      xAxis: valueAxis('iteration', { nameGap: 28, minInterval: 1, splitLine: { show: false } }),
      yAxis: valueAxis('', { scale: true, splitNumber: 4 }),
      series: [{ type: 'line', data: points, symbol: 'none', lineStyle: { color: ACCENT, width: 2 } }],
    }),
  };
}

/** A running mean over about a fiftieth of the run. */
function smoothed(points: readonly Point[]): Point[] {
  const keep = Math.exp(-50 / points.length);
  let [mean, weight] = [0, 0];
  return points.map(([x, y]) => {
    mean = keep * mean + (1 - keep) * y;
    weight = keep * weight + (1 - keep);
    return [x, mean / weight];
  });
}

function tidyEnd(points: readonly Point[]): number {
  return Math.ceil((points.at(-1)?.[0] ?? 1) - 0.01);
}

function tidy(epoch: number): string {
  return count(Math.round(epoch * 100) / 100);
}
