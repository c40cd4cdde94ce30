/** The charts of a run, from its state: what is drawn over what, and under which name. */
import type { RunState } from '@otzyv/trainer/run-state';
import type { Series } from '../charts/line-chart.ts';
import { measure, metricTitle, score } from '../format.ts';
import type { Theme } from '../terminal/theme.ts';

export interface CurveChart {
  readonly title: string;
  /** the latest value, and what else should be read beside it */
  readonly note: string;
  readonly series: readonly Series[];
}

export function lossChart({ curve, latest, options }: RunState, theme: Theme): CurveChart {
  const smoothedLoss = curve.points.at(-1)?.smoothedLoss;
  return {
    title: options?.model === 'linear' ? 'Objective' : 'Loss',
    note: latest === null ? '' : `${measure(latest.loss)}, smoothed ${measure(smoothedLoss ?? latest.loss)}`,
    series: [
      // the highest and the lowest of each stretch: a spike is seen however long the run
      {
        points: curve.points.flatMap(({ step, lowest, highest }) =>
          lowest === highest
            ? [{ x: step, y: highest }]
            : [
                { x: step, y: highest },
                { x: step, y: lowest },
              ],
        ),
        paint: theme.dim,
        isDots: true,
      },
      { points: curve.points.map(({ step, smoothedLoss: y }) => ({ x: step, y })), paint: theme.accent },
    ],
  };
}

export function metricChart({ evaluations, best, options }: RunState, theme: Theme): CurveChart {
  const metric = options?.metric ?? 'f1_weighted';
  const value = evaluations.at(-1)?.metrics[metric];
  const top = best?.metrics[metric];
  return {
    title: metricTitle(metric),
    note: value === undefined ? '' : `${score(value)}, best ${score(top)}`,
    series: [
      {
        points: evaluations.map(({ step, metrics }) => ({ x: step, y: metrics[metric] ?? Number.NaN })),
        paint: theme.good,
      },
    ],
  };
}

export function learningRateChart({ curve, latest }: RunState, theme: Theme): CurveChart {
  return {
    title: 'Learning rate',
    note: latest?.learningRate == null ? '' : measure(latest.learningRate),
    series: [
      {
        points: curve.points.map(({ step, learningRate }) => ({ x: step, y: learningRate ?? Number.NaN })),
        paint: theme.accent,
      },
    ],
  };
}

export function gradientNormChart({ curve, latest }: RunState, theme: Theme): CurveChart {
  return {
    title: 'Gradient norm',
    note: latest === null ? '' : measure(latest.gradientNorm),
    series: [
      { points: curve.points.map(({ step, gradientNorm: y }) => ({ x: step, y })), paint: theme.accent },
    ],
  };
}

/** In the order in which they are shown. */
export function chartsOf(state: RunState, theme: Theme): readonly CurveChart[] {
  return [lossChart, metricChart, learningRateChart, gradientNormChart].map((of) => of(state, theme));
}
