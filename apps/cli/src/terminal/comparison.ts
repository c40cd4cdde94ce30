/** Two models side by side: the verdict first, then the differences with their intervals. */
import { type Difference, METRIC_NAMES, resolveMetric } from '@otzyv/core';
import type { ModelComparison } from '@otzyv/trainer';
import { colors } from './colors.ts';
import { SHOWN } from './evaluation.ts';
import { count, counted, score } from './format.ts';
import { table } from './table.ts';
import { terminalWidth, wrapped } from './width.ts';

export function describeComparison(compared: ModelComparison): string {
  const text = (line: string) => wrapped(line, terminalWidth());
  return [
    [`first   ${compared.first}`, `second  ${compared.second}`].join('\n'),
    [verdict(compared), ...doubts(compared)].map(text).join('\n'),
    metricsTable(compared),
    classTable(compared),
    notes(compared).map(text).join('\n'),
  ].join('\n\n');
}

function verdict({ verdict, metric, metrics, tolerance }: ModelComparison): string {
  const { difference, interval } = metrics[metric];
  const by = `${metric} ${signed(difference)}, between ${signed(interval.low)} and ${signed(interval.high)}`;
  switch (verdict) {
    case 'better':
      return colors.green(colors.bold(`The second is better beyond chance: ${by}.`));
    case 'worse':
      return colors.red(
        colors.bold(
          `The second is worse beyond chance${tolerance > 0 ? ` and the tolerance of ${tolerance}` : ''}: ${by}.`,
        ),
      );
    case 'undecided':
      return isSurelyWorse(metrics[metric], metric)
        ? colors.bold(`The second is worse beyond chance, but not surely by more than ${tolerance}: ${by}.`)
        : colors.bold(`The difference could be luck: ${by}.`);
  }
}

function isSurelyWorse({ interval }: Difference, metric: ModelComparison['metric']): boolean {
  return resolveMetric(metric).greaterIsBetter ? interval.high < 0 : interval.low > 0;
}

/** What a reader of the verdict should know at once. */
function doubts({ verdict, folds, metric }: ModelComparison): string[] {
  if (folds === undefined) return [];
  const { low, high } = folds.interval;
  const isSure = low > 0 || high < 0;
  const range = `${metric} ${signed(folds.mean)}, between ${signed(low)} and ${signed(high)}`;
  const lead = `From fold to fold (${folds.count}, allowing for their common training rows: Nadeau and Bengio)`;
  return [
    isSure || verdict === 'undecided'
      ? `${lead}: ${range}.`
      : `${lead} it wavers: ${range}. These models differ; training anew might turn it round.`,
  ];
}

function metricsTable({ metrics, metric }: ModelComparison): string {
  const names = [...new Set([metric, ...SHOWN])].filter((name) => METRIC_NAMES.includes(name));
  return table(
    ['metric', 'first', 'second', 'difference'],
    names.map((name) => [name, ...cells(metrics[name])]),
  );
}

function classTable({ classes, labels }: ModelComparison): string {
  return table(
    ['F1 of class', 'first', 'second', 'difference'],
    labels.flatMap((label, id) => {
      const f1 = classes[id]?.f1;
      return f1 === undefined ? [] : [[label, ...cells(f1)]];
    }),
  );
}

function cells({ first, second, difference, interval }: Difference): string[] {
  return [
    score(first),
    score(second),
    `${signed(difference)} [${signed(interval.low)}, ${signed(interval.high)}]`,
  ];
}

function notes({ rows, unpaired, mcnemar, confidence }: ModelComparison): string[] {
  const { onlyFirst, onlySecond, p } = mcnemar;
  return [
    `${count(rows)} texts that both answered${unpaired > 0 ? `; ${count(unpaired)} that only one did are left out` : ''}. [low, high]: ${Number((100 * confidence).toFixed(2))} % intervals of the difference.`,
    `Right by one of them alone: the first ${counted(onlyFirst, 'text')}, the second ${count(onlySecond)} (McNemar p = ${p < 0.001 ? '< 0.001' : p.toFixed(3)})`.replace(
      '= <',
      '<',
    ),
  ];
}

function signed(value: number): string {
  const shown = score(Math.abs(value));
  const sign = Number(shown) === 0 ? '' : value < 0 ? '−' : '+';
  return sign + shown;
}
