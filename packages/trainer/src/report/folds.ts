/** What the folds of a cross-validation say: how far the number moves when other rows are held out. */
import type { CrossValidationResult, FoldScores } from '../training/cross-validation-results.ts';
import type { Chart, Drawing } from './chart.ts';
import { dotPlot } from './dot-plot.ts';
import { card, cardList, metricTitle } from './headline.ts';
import { type Html, quoted, section, table } from './html.ts';
import { count, counted, duration, interval, score } from './numbers.ts';

/** More rows are no chart to look at. */
const MOST_CLASSES = 30;

/** The metrics that a cross-validation is read by: its own first. */
function shownMetrics({ metric, metrics }: CrossValidationResult): string[] {
  return [...new Set([metric, 'f1_weighted', 'f1_macro', 'accuracy'])].filter(
    (name) => metrics[name] !== undefined,
  );
}

export function foldMetricsSection(result: CrossValidationResult): Html {
  const cards = shownMetrics(result).map((name) => {
    const { mean, deviation, interval: range } = result.metrics[name] as FoldScores;
    return card(metricTitle(name), score(mean), [
      interval(range),
      `± ${score(deviation)} from fold to fold`,
      `without a model ${score(result.pooled.baseline[name])}`,
    ]);
  });
  return section(
    'number',
    'The number',
    `The mean over ${counted(result.runs.length, 'fold')}, and the 95&nbsp;% interval of that mean. It is wider than the deviation
alone would make it: folds share most of what they are trained on.`,
    cardList(cards),
  );
}

export function foldsSection(draw: Drawing, result: CrossValidationResult): Html {
  return section(
    'folds',
    'Fold by fold',
    groupingSentence(result),
    draw(stripChart(result)),
    foldTable(result),
  );
}

function groupingSentence({ grouping }: CrossValidationResult): Html {
  return grouping.column === undefined
    ? 'Every review was held out once.'
    : `Every review was held out once; all of one <code>${quoted(grouping.column)}</code> always together.`;
}

/** Each fold a point, by metric and by class. */
function stripChart(result: CrossValidationResult): Chart {
  const ofMetrics = shownMetrics(result)
    .filter((name) => name !== 'log_loss') // not a share
    .map((name) => ({ name: metricTitle(name), scores: result.metrics[name] as FoldScores }));
  const ofClasses = result.classes.flatMap(({ label, f1 }) =>
    f1 === null ? [] : [{ name: label, scores: f1 }],
  );
  const rows = [...ofMetrics, ...ofClasses.slice(0, MOST_CLASSES)];
  const first = ofMetrics[0] as (typeof ofMetrics)[number];
  const known = first.scores.values.filter((value) => value !== null);
  const dots = rows.map(({ name, scores: { mean, values, interval: range } }) => ({
    ...{ name, value: mean, values: values.filter((value) => value !== null) },
    interval: { low: Math.max(0, range.low), high: Math.min(1, range.high) },
  }));
  const lowest = Math.min(...dots.map((dot) => dot.interval.low));
  return {
    title: 'Each fold, by metric and by F1 of each class',
    description: `${first.name} of the folds lies between ${score(Math.min(...known))} and ${score(Math.max(...known))}, with a mean of ${score(first.scores.mean)}.`,
    caption:
      'Small points are folds, the large one their mean, the line its 95&nbsp;% interval. Where the points lie wide, one split would have told little.',
    isWide: true,
    ...dotPlot(dots, { min: Math.floor(lowest * 5) / 5 }),
    numbers: table(
      'Mean and deviation over the folds',
      [
        { title: 'score' },
        ...['mean', '± fold to fold', '95 % interval'].map((title) => ({ title, isNumber: true })),
      ],
      rows.map(({ name, scores: { mean, deviation, interval: range } }) => [
        quoted(name),
        score(mean),
        score(deviation),
        interval(range),
      ]),
    ),
  };
}

function foldTable(result: CrossValidationResult): Html {
  const names = shownMetrics(result);
  const rows = result.runs.map(({ repeat, fold, metrics, validation, elapsedMs }) => [
    result.repeats === 1 ? `fold\u00a0${fold}` : `repeat\u00a0${repeat}, fold\u00a0${fold}`,
    ...names.map((name) => score(metrics[name])),
    count(validation),
    duration(elapsedMs),
  ]);
  const columns = [...names.map(metricTitle), 'held out', 'took'].map((title) => ({ title, isNumber: true }));
  return table('Scores by fold', [{ title: 'fold' }, ...columns], rows, 'stacked');
}
