/** An ensemble beside its members, all measured on the same rows. */
import type { EnsembleMeasurement, EvaluationResult, TrainedEnsemble } from '@otzyv/trainer';
import { colors } from './colors.ts';
import { counted, score } from './format.ts';
import { table } from './table.ts';
import { terminalWidth, wrapped } from './width.ts';

const SHOWN = ['f1_weighted', 'accuracy', 'log_loss'];

/** @param measuredOn how the rows are called that were measured on */
export function describeEnsemble(trained: TrainedEnsemble, measuredOn: string): string {
  const { members, measurement, modelFolder, output } = trained;
  const weights = members.map(({ model, weight }) => [model, score(weight)]);
  const next = `npx otzyv predict --model ${output} --input FILE --output predictions.csv`;
  return [
    measurement === undefined ? table(['model', 'weight'], weights) : measured(weights, measurement),
    '',
    ...notes(trained, measuredOn).map((note) => wrapped(note, terminalWidth(), '  ')),
    '',
    `model   ${modelFolder}`,
    ...(measurement === undefined ? [] : [`report  ${output}/report.html`]),
    `next    ${colors.bold(next)}`,
  ].join('\n');
}

function measured(weights: readonly string[][], { members, together }: EnsembleMeasurement): string {
  const rows = [
    ...weights.map((row, m) => [...row, ...scores(members[m]?.metrics ?? {})]),
    ['all together', '', ...scores(together.metrics)],
    ['always the largest class', '', ...scores({ ...together.baseline, log_loss: undefined })],
  ];
  return table(['model', 'weight', ...SHOWN], rows);
}

function scores(metrics: Readonly<Record<string, number | undefined>>): string[] {
  return SHOWN.map((name) => (metrics[name] === undefined ? '–' : score(metrics[name])));
}

function notes({ members, measurement }: TrainedEnsemble, measuredOn: string): string[] {
  const idle = members.filter(({ weight }) => weight === 0).map(({ model }) => model);
  return [
    ...(measurement === undefined
      ? ['not measured: there are no rows that all models held out; --validation-file FILE would do']
      : [
          `measured on ${counted(measurement.together.rows, 'row')} ${measuredOn}`,
          ...(measurement.parts === undefined
            ? []
            : [
                `all together: each of ${measurement.parts} parts by weights learned on the others; the model has those above, learned on all`,
              ]),
          ...(measurement.emptyTexts > 0
            ? [`${counted(measurement.emptyTexts, 'text')} with nothing in them left out`]
            : []),
          ...noBetter(members, measurement),
        ]),
    ...(idle.length > 0 ? [warning(`${idle.join(', ')}: weight 0, never asked; leave it out`)] : []),
  ];
}

/** People should not carry several models where one does as well. */
function noBetter(
  members: TrainedEnsemble['members'],
  { members: evaluations, together }: EnsembleMeasurement,
): string[] {
  const f1 = (of: EvaluationResult) => of.metrics['f1_weighted'] as number;
  const best = Math.max(...evaluations.map(f1));
  const { model } = members[evaluations.findIndex((one) => f1(one) === best)] ?? {};
  return f1(together) > best
    ? []
    : [warning(`together they are no better than ${model} by weighted F1: use that alone, it is faster`)];
}

function warning(text: string): string {
  return `${colors.yellow('!')} ${text}`;
}
