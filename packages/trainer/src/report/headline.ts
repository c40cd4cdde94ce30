/** The first thing a report says: the number, its uncertainty, and what one would have without a model. */
import type { Interval, MetricName } from '@otzyv/core';
import type { EvaluationResult } from '../training/evaluate.ts';
import { capitalized, type Html, named, section } from './html.ts';
import { count, interval, score } from './numbers.ts';

const TITLES: Readonly<Record<string, string>> = {
  f1_weighted: 'weighted F1',
  f1_macro: 'macro F1',
  f1_micro: 'micro F1',
  accuracy: 'accuracy',
  precision_weighted: 'weighted precision',
  precision_macro: 'macro precision',
  recall_weighted: 'weighted recall',
  recall_macro: 'macro recall',
  top_2_accuracy: 'right among the first two',
  top_3_accuracy: 'right among the first three',
  log_loss: 'log loss',
};

export function metricTitle(name: string): string {
  return TITLES[name] ?? name;
}

/** The number that a page is about. */
export interface Headline {
  readonly value: number | undefined;
  readonly interval: Interval | undefined;
  /** what it was measured on, as «on 200 held-out reviews» */
  readonly on: string;
}

export function headlineOf(result: EvaluationResult, metric: string): Headline {
  return {
    value: result.metrics[metric],
    interval: result.intervals?.metrics[metric as MetricName],
    on: `on ${count(result.rows)} held-out reviews`,
  };
}

export function summarySentence(
  { baseline, labels, report }: EvaluationResult,
  metric: string,
  { value, interval: found, on }: Headline,
): Html {
  const range = found === undefined ? '' : ` <span class="nowrap">(${interval(found)})</span>`;
  const largest = report.classes.reduce(
    (best, { support }, id) => (support > (report.classes[best]?.support ?? 0) ? id : best),
    0,
  );
  return (
    `${capitalized(metricTitle(metric))} <b>${score(value)}</b>${range} ${on}; ` +
    `always answering ${named(labels[largest] ?? '')} scores ${score(baseline[metric])}.`
  );
}

export function metricsSection(result: EvaluationResult, metric: string): Html {
  const { labels, metrics, baseline, intervals } = result;
  const more = labels.length > 2 ? ['top_2_accuracy'] : []; // of two classes it is always one
  const names = [...new Set([metric, 'f1_weighted', 'f1_macro', 'accuracy', ...more])];
  const cards = names
    .filter((name) => metrics[name] !== undefined)
    .map((name) => {
      const range = intervals?.metrics[name as MetricName];
      const notes = [range && interval(range), `without a model ${score(baseline[name])}`];
      return card(metricTitle(name), score(metrics[name]), notes);
    });
  return section(
    'number',
    'The number',
    `Beside each score stands what always answering the largest class would get.${
      intervals === undefined
        ? ''
        : ' The range is the 95&nbsp;% interval: with other reviews held out, the score would mostly lie in it.'
    }`,
    cardList(cards),
  );
}

/** @param notes one a line; what is not a text is left out */
export function card(title: Html, value: Html, notes: readonly (Html | undefined)[]): Html {
  const lines = notes.filter((note) => note !== undefined);
  return `<div><dt>${title}</dt><dd><b>${value}</b><span class="small">${lines.join('<br>')}</span></dd></div>`;
}

export function cardList(cards: readonly Html[]): Html {
  return `<dl class="scores">${cards.join('\n')}</dl>`;
}
