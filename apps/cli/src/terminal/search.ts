/** A search before it begins, and what it found. */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { MetricName } from '@otzyv/core';
import type {
  HoldoutResult,
  Rung,
  SearchEstimate,
  SearchOptions,
  SearchResult,
  Settings,
  TrialResult,
} from '@otzyv/trainer';
import { colors } from './colors.ts';
import { count, counted, duration, estimate, score } from './format.ts';
import { table } from './table.ts';
import { terminalWidth, wrapped } from './width.ts';

const SHORT: Readonly<Record<string, string>> = {
  learningRate: 'lr',
  gamma: 'γ',
  labelSmoothing: 'smoothing',
  classWeights: 'weights',
  maxLength: 'length',
  batchSize: 'batch',
  gradientAccumulationSteps: 'accumulation',
  warmupSteps: 'warm-up',
  weightDecay: 'decay',
  maxGradNorm: 'norm',
  subwordDropout: 'subword dropout',
};

/** @param settings where a configuration differs from the defaults */
export function describeSettings(settings: Settings): string {
  const parts = Object.entries(settings).map(([name, value]) =>
    name === 'loss'
      ? String(value)
      : `${SHORT[name] ?? name} ${typeof value === 'number' ? short(value) : value}`,
  );
  return parts.length === 0 ? 'the defaults' : parts.join(', ');
}

/** 0.000314 as 3.14e-4. */
function short(value: number): string {
  return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential() : String(value);
}

export function describeRungs(rungs: readonly Rung[], model: string): string {
  return rungs
    .map(({ epochs, places }, index) =>
      index === 0
        ? `${counted(places, 'configuration')}${model === 'linear' ? '' : ` for ${counted(epochs, 'epoch')}`}`
        : `the best ${places} and the defaults for ${epochs}`,
    )
    .join(', then ');
}

export function describePlan(
  { rungs, epochs, estimatedMs, configurations }: SearchEstimate,
  options: SearchOptions,
): string {
  const rows = configurations.map((settings, index) => [String(index + 1), describeSettings(settings)]);
  const limit =
    options.maxMinutes === undefined ? '' : `, and no more than ${duration(options.maxMinutes * 60_000)}`;
  return [
    table(['trial', 'what is other than in the defaults'], rows),
    '',
    estimatedMs === undefined
      ? `${describeRungs(rungs, options.base.model)}: linear models: seconds each, or a minute or two on hundreds of thousands of rows`
      : `${describeRungs(rungs, options.base.model)}: ${counted(epochs, 'epoch')} in all at most\n` +
        `about ${duration(estimatedMs)} of training by one step of the defaults${limit}; longer texts take longer`,
    'nothing was written',
  ].join('\n');
}

export function describeSearch(result: SearchResult, folder: string): string {
  const { trials, metric, holdout } = result;
  const best = trials[0] as TrialResult;
  const text = (line: string) => wrapped(line, terminalWidth());
  const config = join(folder, 'best.yaml');
  const epochs = result.model === 'linear' ? '' : `, ${counted(best.epochs, 'epoch')}`;
  const found = `${metric} ${score(best.value as number)}`;
  const sections = [
    [
      colors.bold(text(`Best: trial ${best.trial}${epochs}, ${found}`)),
      text(
        best.trial === 1 ? 'the defaults: nothing that was tried is better' : describeSettings(best.settings),
      ),
    ].join('\n'),
    trialTable(result),
    text(warningOf(result)),
    ...(holdout === undefined ? [] : [heldOutTable(holdout, metric)]),
    ...(result.status === 'out-of-time' ? [text(untriedIn(result))] : []),
    [
      `model   ${join(folder, 'best')}`,
      `config  ${config}`,
      `next    ${colors.bold(`npx otzyv train --config ${config} --refit --output FOLDER`)}`,
    ].join('\n'),
  ];
  return sections.join('\n\n');
}

function trialTable({ trials, metric, model }: SearchResult): string {
  const rows = trials.map(({ trial, value, epochs, elapsedMs, settings }, index) => [
    value === undefined ? '–' : String(index + 1),
    String(trial),
    value === undefined ? 'lost' : score(value),
    ...(model === 'linear' ? [] : [String(epochs)]),
    duration(elapsedMs),
    describeSettings(settings),
  ]);
  const ofSteps = model === 'linear' ? [] : ['epochs'];
  return table(['rank', 'trial', metric, ...ofSteps, 'time', 'other than in the defaults'], rows);
}

/** The best of many is in part the luckiest. */
function warningOf({ trials, holdout }: SearchResult): string {
  const luck = `The best of ${counted(trials.length, 'trial')} by the rows that chose it: expect a little less on new reviews`;
  return trials.length === 1
    ? 'One trial only: there was nothing to choose from.'
    : holdout === undefined
      ? `${luck}. How much it is worth, --holdout can tell.`
      : `${luck}. What to expect is below, measured on ${count(holdout.best.rows)} rows that had no part in the search.`;
}

function defaultsOf(trials: SearchResult['trials']): TrialResult {
  return trials.find(({ trial }) => trial === 1) as TrialResult; // the first that is tried
}

/** With intervals, where they were measured. */
function heldOutTable({ best, defaults }: HoldoutResult, metric: string): string {
  const shown = [...new Set([metric, 'f1_weighted', 'f1_macro', 'accuracy'])];
  // the best may be the defaults
  const models = defaults === undefined || isDeepStrictEqual(defaults, best) ? { best } : { best, defaults };
  return table(
    ['on held-out rows', ...Object.keys(models), 'always the largest class'],
    shown.map((name) => [
      name,
      ...Object.values(models).map(({ metrics, intervals }) =>
        estimate(metrics[name] ?? Number.NaN, intervals?.metrics[name as MetricName]),
      ),
      score(best.baseline[name] ?? Number.NaN),
    ]),
  );
}

function untriedIn({ untried, elapsedMs, trials, epochs }: SearchResult): string {
  const parts = untried.map(
    (rung) => `${counted(rung.trials, 'configuration')} for ${counted(rung.epochs, 'epoch')}`,
  );
  const reached = Math.max(...defaultsOf(trials).runs.map((run) => run.epochs));
  return [
    `Out of time after ${duration(elapsedMs)}: not tried ${parts.length === 1 ? 'is' : 'are'} ${parts.join(', ')}.`,
    // or a search would seem to have beaten what it has not tried
    ...(reached < epochs
      ? [`The defaults got ${counted(reached, 'epoch')} of ${epochs} only: with all they may well be better.`]
      : []),
    'The same command with --resume and a larger --max-minutes goes on.',
  ].join(' ');
}
