/** What became of reviews that were to be labelled: the classes, how far the votes agree, what it took. */
import type { Effort, GoldResult, LlmReport, RulesReport } from '@otzyv/llm';
import { describeEvaluation } from './evaluation.ts';
import { count, counted, duration, percent, score } from './format.ts';
import { costOf, money, type Prices } from './money.ts';
import { table } from './table.ts';

export function describeLabelling(report: LlmReport, output: string, prices: Prices | undefined): string {
  const { texts, votes, unlabelledTexts, cutTexts } = report;
  const notes = [
    `${counted(texts, 'different text')}, ${counted(votes, 'vote')} each, by ${report.model}`,
    ...(unlabelledTexts > 0
      ? [`${counted(unlabelledTexts, 'text')} without an answer, left out: the same command asks again`]
      : []),
    ...(cutTexts > 0 ? [`${counted(cutTexts, 'text')} cut at --max-text-length`] : []),
  ];
  return [
    classTable(report),
    notes.join('\n'),
    [agreementLine(report), ...effortLines(report, prices)].filter((line) => line !== undefined).join('\n'),
    ...goldLines(report.gold),
    ending(report, output),
  ].join('\n\n');
}

export function describeRules(report: RulesReport, output: string): string {
  const { unlabelledRows, rows } = report;
  return [
    classTable(report),
    `${counted(unlabelledRows, 'row')} of ${count(rows)} ambiguous or without a keyword, left out`,
    ...goldLines(report.gold),
    ending(report, output),
  ].join('\n\n');
}

function classTable({ classes, labelledRows }: Pick<LlmReport, 'classes' | 'labelledRows'>): string {
  const rows = Object.entries(classes)
    .sort(([, a], [, b]) => b - a)
    .map(([label, rows]) => [label, count(rows), percent(rows / Math.max(1, labelledRows))]);
  return table(['label', 'rows', 'share'], rows);
}

function agreementLine({ agreement, votes }: LlmReport): string | undefined {
  if (agreement === undefined) return undefined;
  const { pairwise, fleissKappa } = agreement;
  const kappa = fleissKappa === undefined ? 'not defined: one class only' : score(fleissKappa);
  return `agreement of ${votes} votes: ${percent(pairwise)} of pairs the same, Fleiss' kappa ${kappa}`;
}

export function effortLines(effort: Effort, prices: Prices | undefined): string[] {
  const { questions, fromJournal, failures, retries, unusableAnswers, usage, milliseconds } = effort;
  const asked = questions - fromJournal;
  const share = (part: number) => percent(part / Math.max(1, questions));
  const cost = costOf(usage, prices);
  return [
    `${counted(questions, 'question')}: ${count(fromJournal)} answered before, ${count(asked)} asked in ${duration(milliseconds)}`,
    `asked again: ${count(retries)} after a fault (${share(retries)}), ${count(unusableAnswers)} after an answer that could not be used (${share(unusableAnswers)}); without an answer: ${count(failures)} (${share(failures)})`,
    `tokens: ${count(usage.prompt)} read, ${count(usage.cached)} of them from the cache; ${count(usage.completion)} written${cost === undefined ? '' : `; cost ${money(cost)}`}`,
  ];
}

function goldLines(gold: GoldResult | undefined): string[] {
  if (gold === undefined) return [];
  const { rows, unanswered, evaluation, accuracyOfAll } = gold;
  return [
    `Against the gold labels (${counted(rows, 'row')}, ${count(unanswered)} without an answer of ours; accuracy with those as wrong: ${score(accuracyOfAll)}):`,
    describeEvaluation(evaluation),
  ];
}

function ending(
  {
    labelledRows,
    rows,
    emptyRows,
    labelColumn,
  }: Pick<LlmReport, 'labelledRows' | 'rows' | 'emptyRows' | 'labelColumn'>,
  output: string,
): string {
  const column = labelColumn === 'label' ? '' : ` --label-column ${labelColumn}`;
  return [
    `${counted(labelledRows, 'row')} of ${count(rows)} written to ${output}${emptyRows > 0 ? `; ${counted(emptyRows, 'row')} had no text` : ''}`,
    '',
    'Next:',
    `  npx otzyv train --train ${output}${column} --output runs/labelled`,
  ].join('\n');
}
