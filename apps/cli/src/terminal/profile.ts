/** A profile as a person reads it: figures first, then what is wrong, each fault with examples. */
import type { DatasetProfile, Leakage } from '@otzyv/core';
import type { Inspection } from '@otzyv/trainer';
import stringWidth from 'string-width';
import { colors } from './colors.ts';
import { faultsOf, quoted } from './faults.ts';
import { count, counted, percent } from './format.ts';
import { table } from './table.ts';
import { cut, terminalWidth, wrapped } from './width.ts';

const [WIDEST_BAR, NARROWEST_BAR] = [30, 5];
/** More are no classes to look at one by one. */
const MOST_CLASSES = 40;
const LONGEST_LABEL = 60;

export function describeInspection(
  file: string,
  labelColumn: string,
  inspection: Inspection,
  width = terminalWidth(),
): string {
  const { profile, columns } = inspection;
  const { classes, rows } = profile;
  const sizes = [
    counted(rows, 'row'),
    ...(classes.length > 0 ? [counted(classes.length, 'class', 'classes')] : []),
  ];
  const faults = faultsOf(inspection, width);
  return [
    wrapped(`${colors.bold(file)}: ${sizes.join(', ')}`, width),
    ...(columns.includes(labelColumn) ? [] : [withoutLabels(columns, labelColumn, width)]),
    ...(profile.words.max > 0 ? [lengths(profile, width)] : []),
    ...(classes.length > 0 ? [classTable(profile, width)] : []),
    ...(classes.length > 1 ? [baseline(profile, width)] : []),
    ...(profile.topTokens.length > 0 ? [frequentWords(profile, width)] : []),
    ...(classes.length > 1 ? [classWords(profile, width)] : []),
    faults.length === 0 ? colors.green('No faults found.') : ['Worth a look:', ...faults].join('\n'),
    ...(profile.nearDuplicates.isComplete ? [] : [wrapped(incomplete(profile), width)]),
  ].join('\n\n');
}

export function describeLeakage(
  file: string,
  against: string,
  { rows, exact, near, examples, comparedTexts, isComplete }: Leakage,
  width = terminalWidth(),
): string {
  const scope = isComplete
    ? []
    : [
        wrapped(
          `  Near copies were looked for among the first ${count(comparedTexts)} different texts of ${file} only.`,
          width,
          '  ',
        ),
      ];
  if (exact + near === 0) {
    const none = `No text of ${against} (${counted(rows, 'row')}) stands in ${file}.`;
    return [colors.green(wrapped(none, width)), ...scope].join('\n');
  }
  const stand = `${counted(exact, 'text stands', 'texts stand')} in ${file} too`;
  const nearly = `${count(near)} more nearly ${near === 1 ? 'does' : 'do'}`;
  return [
    wrapped(`${colors.yellow('!')} ${against} (${counted(rows, 'row')}): ${stand}, ${nearly}`, width, '  '),
    ...examples.map(({ row, otherRow, text }) => {
      const place = `  row ${row} is row ${otherRow}: `;
      return place + quoted(text, width - place.length);
    }),
    ...scope,
  ].join('\n');
}

function withoutLabels(columns: readonly string[], labelColumn: string, width: number): string {
  const found = `No column "${labelColumn}" (found: ${columns.join(', ')}), so there are no classes to look at.`;
  return wrapped(`${found} Name the column with --label-column.`, width);
}

function lengths({ words, characters }: DatasetProfile, width: number): string {
  const cells = ({ min, median, mean, p95, max }: DatasetProfile['words']) => [
    count(min),
    count(median),
    mean.toFixed(1),
    count(p95),
    count(max),
  ];
  return table(
    ['length', 'min', 'median', 'mean', '95 %', 'max'],
    [
      ['words', ...cells(words)],
      ['characters', ...cells(characters)],
    ],
    width,
  );
}

/** The bars take what the figures leave of the width. */
function classTable({ classes }: DatasetProfile, width: number): string {
  const shown = classes.slice(0, MOST_CLASSES);
  const figures = shown.map(({ label, count: n, share }) => [
    cut(label, Math.min(LONGEST_LABEL, width / 2)),
    count(n),
    percent(share),
  ]);
  const lines = table(['class', 'rows', 'share'], figures, width).split('\n');
  const used = Math.max(...lines.map((line) => stringWidth(line)));
  const longest = Math.min(WIDEST_BAR, width - used - 2);
  const most = classes[0]?.count ?? 1;
  const bar = (n: number) => '▇'.repeat(Math.ceil((n / most) * longest));
  const [head, rule, ...rows] = lines;
  const drawn = rows.map((line, i) =>
    longest < NARROWEST_BAR ? line : `${line}  ${bar(shown[i]?.count ?? 0)}`,
  );
  const rest = classes.length - shown.length;
  return [
    head,
    rule,
    ...drawn,
    ...(rest > 0 ? [`… and ${counted(rest, 'class', 'classes')} more`] : []),
  ].join('\n');
}

function baseline({ classes, majorityShare }: DatasetProfile, width: number): string {
  const largest = cut(classes[0]?.label ?? '', 40);
  return wrapped(`Always answering "${largest}" would be right in ${percent(majorityShare)}.`, width);
}

function frequentWords({ topTokens, topTokensError }: DatasetProfile, width: number): string {
  const error = topTokensError.all > 0 ? ` (each may be too low by up to ${count(topTokensError.all)})` : '';
  const words = topTokens.map(({ token, count: n }) => `${token} ${count(n)}`.replace(' ', '\u00a0'));
  return wrapped(`Most frequent words${error}: ${words.join(', ')}`, width).replaceAll('\u00a0', ' ');
}

function classWords({ classes, topTokensByClass, topTokensError }: DatasetProfile, width: number): string {
  const rows = classes
    .slice(0, MOST_CLASSES)
    .map(({ label }) => [
      cut(label, Math.min(LONGEST_LABEL, width / 4)),
      (topTokensByClass[label] ?? []).map(({ token }) => token).join(', '),
    ]);
  const worst = Math.max(0, ...Object.values(topTokensError.byClass));
  const note = `Counted among very many different words: of a class, one left out may be more frequent by up to ${count(worst)}.`;
  return [table(['class', 'its words'], rows, width), ...(worst > 0 ? [wrapped(note, width)] : [])].join(
    '\n',
  );
}

function incomplete({ nearDuplicates, distinctTexts }: DatasetProfile): string {
  return `Near copies were looked for among the first ${count(nearDuplicates.comparedRows)} of ${count(distinctTexts)} different texts; all else is of the whole file.`;
}
