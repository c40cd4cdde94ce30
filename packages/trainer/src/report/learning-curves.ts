/** How a model was learned: the loss, what was measured after each epoch, the objective of a linear fit. */
import type { CurvePoint, RunState } from '../run-state/index.ts';
import type { Chart } from './chart.ts';
import { ACCENT, bareLine, FONT_SIZE, legend, PAPER, valueAxis, WARM } from './chart-parts.ts';
import { metricTitle } from './headline.ts';
import { table } from './html.ts';
import { count, score } from './numbers.ts';

/** What of it there is to draw. */
export function learningCurves(state: RunState, metric: string): (Chart | undefined)[] {
  // a fit that converges has no last step that is known before it
  return state.totalSteps === null ? [objectiveChart(state)] : [lossChart(state), metricChart(state, metric)];
}

type Point = [x: number, y: number];

function lossChart({ curve, evaluations, step, epoch }: RunState): Chart | undefined {
  if (curve.points.length < 2) return undefined;
  const at = (point: CurvePoint) => (point.step / step) * epoch;
  // where steps share a point, the lowest and the highest of them
  const raw = curve.points.flatMap((point): Point[] =>
    point.steps === 1
      ? [[at(point), point.loss]]
      : [
          [at(point), point.lowest],
          [at(point), point.highest],
        ],
  );
  const smooth = curve.points.map((point): Point => [at(point), point.smoothedLoss]);
  const validation = evaluations.flatMap(({ epoch, metrics }): Point[] =>
    metrics['log_loss'] === undefined ? [] : [[epoch, metrics['log_loss']]],
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
        line('each batch', ACCENT, raw, { lineStyle: { color: ACCENT, width: 1, opacity: 0.3 } }),
        line('training', ACCENT, smooth, { lineStyle: { color: ACCENT, width: 2.2 } }),
        line('validation', WARM, validation, {
          ...{ symbol: 'circle', symbolSize: 7 },
          lineStyle: { color: WARM, width: 1.5, type: 'dashed' },
        }),
      ],
    }),
  };
}

function metricChart({ evaluations: evals, best }: RunState, metric: string): Chart | undefined {
  if (evals.length < 2) return undefined;
  const point = ofMetric(metric);
  const said =
    best === null
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
          ...{ type: 'scatter', data: best === null ? [] : [point(best)], symbolSize: 13, z: 4 },
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

/** Of a cross-validation: one line a fold. @param folds where each fold's run stands */
export function foldCurves(folds: readonly RunState[], metric: string): Chart | undefined {
  const lines = folds
    .map(({ evaluations }) => evaluations.map(ofMetric(metric)))
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
function objectiveChart({ curve, step }: RunState): Chart | undefined {
  const points = curve.points.map(({ step, loss }): Point => [step, loss]);
  if (points.length < 3) return undefined;
  const [first, last] = [points[0]?.[1] ?? 0, points.at(-1)?.[1] ?? 0];
  return {
    title: 'What the fit minimises',
    description: `The objective of the linear fit falls from ${first.toFixed(1)} to ${last.toFixed(1)} in ${step} iterations.`,
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

function ofMetric(metric: string): (evaluation: RunState['evaluations'][number]) => Point {
  return ({ epoch, metrics }) => [epoch, metrics[metric] ?? 0];
}

function tidyEnd(points: readonly Point[]): number {
  return Math.ceil((points.at(-1)?.[0] ?? 1) - 0.01);
}

function tidy(epoch: number): string {
  return count(Math.round(epoch * 100) / 100);
}
