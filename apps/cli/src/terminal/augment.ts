/** What was made of which class. */
import type { GrownClass, LlmAugmentReport, Refusal } from '@otzyv/llm';
import type { AugmentedClass, AugmentSummary } from '@otzyv/trainer';
import { colors } from './colors.ts';
import { count, counted } from './format.ts';
import { effortLines } from './labelling.ts';
import type { Prices } from './money.ts';
import { table } from './table.ts';
import { terminalWidth, wrapped } from './width.ts';

const NOTHING_WANTED = 'No class has fewer rows than wanted: name more with --per-class.';
const FEWER_MADE = 'Of some classes fewer were made than wanted: --per-row allows more of each review.';

export function describeAugmentation({ rows, made, classes }: AugmentSummary, output: string): string {
  const grown = classes.filter((one) => one.made > 0);
  return [
    `${counted(rows, 'review')}, and ${counted(made, 'text')} made of them`,
    grown.length > 0 ? classTable(grown) : NOTHING_WANTED,
    ...(grown.some(isShort) ? [wrapped(FEWER_MADE, terminalWidth())] : []),
    ending(output),
  ].join('\n\n');
}

export function describeLlmAugmentation(
  report: LlmAugmentReport,
  output: string,
  prices: Prices | undefined,
): string {
  const { rows, made, classes, model } = report;
  const grown = classes.filter(({ questions }) => questions > 0);
  const givenUp = grown.filter(({ isGivenUp }) => isGivenUp).map(({ label }) => `«${label}»`);
  const notes = [
    ...(givenUp.length > 0
      ? [`Given up, since many questions in a row brought nothing: ${givenUp.join(', ')}.`]
      : []),
    ...(grown.some((one) => isShort(one) && !one.isGivenUp) ? [FEWER_MADE] : []),
  ];
  return [
    `${counted(rows, 'review')}, and ${counted(made, 'text')} made up by ${model}`,
    ...(grown.length > 0 ? [classTable(grown), questionTable(grown)] : [NOTHING_WANTED]),
    ...notes.map((note) => wrapped(note, terminalWidth())),
    effortLines(report, prices).join('\n'),
    ending(output),
  ].join('\n\n');
}

function isShort({ rows, made, aim }: AugmentedClass): boolean {
  return rows + made < aim;
}

function classTable(classes: readonly AugmentedClass[]): string {
  return table(
    ['class', 'rows', 'made', 'wanted'],
    classes.map(({ label, rows, made, aim }) => [label, rows, made, aim - rows].map(String)),
  );
}

const MEANINGS: Readonly<Record<Refusal, string>> = {
  short: 'too short',
  long: 'too long',
  script: 'not Russian',
  prompt: 'tells of the prompt',
  keyword: 'no keyword',
  duplicate: 'known already',
  label: 'another label',
};

/** What became of the questions: reasons down, classes across would be too wide. */
function questionTable(classes: readonly GrownClass[]): string {
  const reasons = (Object.keys(MEANINGS) as Refusal[]).filter((reason) =>
    classes.some(({ refused }) => refused[reason] > 0),
  );
  const lines = classes.map(({ label, questions, refused, unanswered }) => {
    const told = reasons
      .filter((reason) => refused[reason] > 0)
      .map((reason) => `${MEANINGS[reason]} ${count(refused[reason])}`);
    if (unanswered > 0) told.push(`no answer ${count(unanswered)}`);
    return [label, count(questions), told.join(', ') || 'none'];
  });
  return table(['class', 'asked', 'refused'], lines);
}

function ending(output: string): string {
  return [`written to ${output}`, colors.bold(`npx otzyv train --train ${output} --output runs/more`)].join(
    '\n',
  );
}
