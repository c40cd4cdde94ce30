/** What came of a self-training: each round with what joined in it, by class, and what it was measured at. */
import type { PseudoLabelOutcome, PseudoLabelResult } from '@otzyv/trainer';
import { colors } from './colors.ts';
import { count, score } from './format.ts';
import { table } from './table.ts';
import { terminalWidth, wrapped } from './width.ts';

type Finished = Exclude<PseudoLabelOutcome, { status: 'interrupted' }>;

export function describePseudoLabel(result: Finished, folder: string, run: string): string {
  const next = `npx otzyv predict --model ${folder} --input FILE --output predictions.csv`;
  return [
    '',
    roundTable(result),
    ...(result.rounds.length > 0 ? ['', classTable(result)] : []),
    '',
    wrapped(endOf(result, run), terminalWidth()),
    '',
    `model   ${result.modelFolder}`,
    `report  ${folder}/report.html`,
    `next    ${colors.bold(next)}`,
    '',
  ].join('\n');
}

function roundTable({ metric, before, rounds }: PseudoLabelResult): string {
  return table(
    ['round', 'sure of', 'joined', metric],
    [
      ['as it was', '–', '–', score(before)],
      ...rounds.map(({ round, confident, joined, value }) => [
        String(round),
        count(confident),
        count(joined),
        score(value),
      ]),
    ],
  );
}

function classTable({ rounds }: PseudoLabelResult): string {
  const labels = rounds[0]?.classes.map(({ label }) => label) ?? [];
  return table(
    ['joined', ...rounds.map(({ round }) => `round ${round}`)],
    labels.map((label, id) => [label, ...rounds.map(({ classes }) => count(classes[id]?.count ?? 0))]),
  );
}

function endOf({ end, best, rounds, metric }: PseudoLabelResult, run: string): string {
  const chosen =
    best.round === 0
      ? `No round was better: the model is that of ${run}.`
      : `The model is that of round ${best.round}, chosen by the validation rows: its ${metric} is a little too kind.`;
  const why = {
    'no-improvement': `Round ${rounds.length} did not improve on the one before.`,
    'all-rounds': 'Every round was an improvement: --rounds allows more.',
    'nothing-confident': 'The model was sure enough of no text: a lower --min-confidence takes more.',
  }[end];
  return best.round === 0 && end === 'no-improvement' ? chosen : `${why} ${chosen}`;
}
