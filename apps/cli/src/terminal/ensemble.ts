/** An ensemble beside its members, all measured on the same rows. */
import type { TrainedEnsemble } from '@otzyv/trainer';
import { colors } from './colors.ts';
import { count, counted, score } from './format.ts';
import { table } from './table.ts';
import { terminalWidth, wrapped } from './width.ts';

const SHOWN = ['f1_weighted', 'f1_macro', 'accuracy', 'log_loss'];

export function describeEnsemble(trained: TrainedEnsemble): string {
  const { members, evaluation, modelFolder, output } = trained;
  const rows = [
    ...members.map(({ model, weight, evaluation: { metrics } }) => [
      model,
      score(weight),
      ...scores(metrics),
    ]),
    ['all together', '', ...scores(evaluation.metrics)],
    ['always the largest class', '', ...scores({ ...evaluation.baseline, log_loss: undefined })],
  ];
  const next = `npx otzyv predict --model ${output} --input FILE --output predictions.csv`;
  return [
    table(['model', 'weight', ...SHOWN], rows),
    '',
    ...notes(trained).map((note) => wrapped(note, terminalWidth())),
    '',
    `model  ${modelFolder}`,
    `next   ${colors.bold(next)}`,
  ].join('\n');
}

function scores(metrics: Readonly<Record<string, number | undefined>>): string[] {
  return SHOWN.map((name) => (metrics[name] === undefined ? '–' : score(metrics[name])));
}

function notes({ members, evaluation, parts, emptyTexts }: TrainedEnsemble): string[] {
  const f1 = (of: typeof evaluation) => of.metrics['f1_weighted'] as number;
  const best = members.reduce((a, b) => (f1(b.evaluation) > f1(a.evaluation) ? b : a));
  const idle = members.filter(({ weight }) => weight === 0).map(({ model }) => model);
  const how =
    parts === undefined
      ? 'with the weights that were given'
      : `all together by weights that were learned without the row that they answer (${parts} parts in turn); the model has those of all rows`;
  return [
    `measured on ${counted(evaluation.rows, 'validation row')}, ${how}`,
    ...(emptyTexts > 0 ? [`${count(emptyTexts)} texts with nothing in them left out`] : []),
    ...(idle.length > 0
      ? [`${colors.yellow('!')} ${idle.join(', ')}: weight 0, never asked; leave it out`]
      : []),
    ...(f1(evaluation) <= f1(best.evaluation)
      ? [
          `${colors.yellow('!')} together they are no better than ${best.model} alone by weighted F1: use that, it is faster`,
        ]
      : []),
  ];
}
