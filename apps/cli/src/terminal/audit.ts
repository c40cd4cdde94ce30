/** What an audit found: how much of what, how doubtful each class is, the worst rows, and what comes next. */
import type { Audit, Finding } from '@otzyv/trainer';
import { colors } from './colors.ts';
import { quoted } from './faults.ts';
import { count, counted, percent } from './format.ts';
import { table } from './table.ts';
import { cut, terminalWidth, wrapped } from './width.ts';

const MEANING = {
  label: 'probably a wrong label',
  conflict: 'one text under several labels',
  leak: 'stands in the validation file too',
} as const;
const WORST = 10;
const [MOST_CLASSES, MOST_SUGGESTED] = [20, 3];
/** Of answers that are as labelled: with fewer, most of what is found may be the model's fault. */
const TRUSTWORTHY = 0.8;

export function describeAudit(
  audit: Audit,
  trainFile: string,
  output: string,
  width = terminalWidth(),
): string {
  const { findings, rows, predictedRows } = audit;
  const size = `${colors.bold(trainFile)}: ${counted(rows, 'row')}, ${count(findings.length)} worth a look`;
  if (findings.length === 0) return `${size}\n${colors.green('Nothing was found.')}`;
  const unseen = `${counted(rows - predictedRows, 'row was', 'rows were')} not predicted: nothing is said of ${rows - predictedRows === 1 ? 'its label' : 'their labels'}.`;
  return [
    wrapped(size, width),
    kindTable(audit, width),
    ...(audit.kinds.label.rows > 0 ? [classTable(audit, width)] : []),
    ...(audit.kinds.label.rows > 0 ? [wrapped(caution(audit), width)] : []),
    ...(predictedRows < rows ? [wrapped(unseen, width)] : []),
    worst(findings, width),
    [
      wrapped(
        `written to ${output}: what is "excluded" is sure enough not to ask. Write "exclude", "keep" or the right label into its column "decision", then`,
        width,
      ),
      colors.bold(`npx otzyv train --train ${trainFile} --exclude ${output} --output runs/audited`),
    ].join('\n'),
  ].join('\n\n');
}

function kindTable({ kinds }: Audit, width: number): string {
  const found = Object.entries(kinds).filter(([, { rows }]) => rows > 0);
  return table(
    ['kind', 'rows', 'excluded', 'what it is'],
    found.map(([kind, { rows, excluded }]) => [
      kind,
      count(rows),
      count(excluded),
      MEANING[kind as keyof typeof MEANING],
    ]),
    width,
  );
}

function classTable({ classes }: Audit, width: number): string {
  const doubtful = classes.filter((one) => one.doubtful > 0);
  const rows = doubtful.slice(0, MOST_CLASSES).map((one) => [
    one.label,
    count(one.rows),
    count(one.doubtful),
    percent(one.doubtful / one.rows),
    one.suggested
      .slice(0, MOST_SUGGESTED)
      .map(({ label, rows: n }) => `→ ${label} ${count(n)}`)
      .join(', '),
  ]);
  const rest = doubtful.length - rows.length;
  return [
    table(['class', 'rows', 'doubtful', 'share', 'rather'], rows, width),
    ...(rest > 0 ? [`… and ${counted(rest, 'class', 'classes')} more`] : []),
  ].join('\n');
}

function caution({ agreement }: Audit): string {
  const agreed = `The models, each on rows that it had not seen, answered ${percent(agreement).replace(' ', '\u00a0')} as they are labelled.`;
  return agreement >= TRUSTWORTHY
    ? agreed
    : `${agreed} So most of the doubtful labels may be their mistakes: trust the first ones, and look at the rest.`;
}

/** Two lines each: beside its label a text would have no room in a narrow terminal. */
function worst(findings: readonly Finding[], width: number): string {
  const lines = findings.slice(0, WORST).flatMap(({ row, kinds, quality, label, suggestedLabel, text }) => {
    const labels = suggestedLabel === undefined ? label : `${label} → ${suggestedLabel}`;
    const what = kinds.join('+') === 'label' ? [] : [kinds.join('+')];
    const about = [`row ${row}`, labels, ...what, ...(quality === undefined ? [] : [quality.toFixed(4)])];
    return [cut(about.join(' · '), width), `  ${quoted(text, width - 2)}`];
  });
  return [colors.bold('The worst, with the probability of the label that they have'), ...lines].join('\n');
}
