/** A profile as a person reads it: figures first, then what is wrong. */
import type { DatasetProfile, Leakage } from '@otzyv/core';
import { colors } from './colors.ts';
import { count, percent } from './format.ts';
import { table } from './table.ts';

const BAR_WIDTH = 30;

export function describeProfile(file: string, profile: DatasetProfile): string {
  const { words, characters, classes } = profile;
  const lengths = table(
    ['length', 'min', 'median', 'mean', '95 %', 'max'],
    [
      ['words', ...lengthCells(words)],
      ['characters', ...lengthCells(characters)],
    ],
  );
  const parts = [
    `${colors.bold(file)}: ${count(profile.rows)} rows${classes.length > 0 ? `, ${classes.length} classes` : ''}`,
    lengths,
  ];
  if (classes.length > 0) {
    const most = classes[0]?.count ?? 1;
    parts.push(
      table(
        ['class', 'rows', 'share', ''],
        classes.map(({ label, count: n, share }) => [
          label,
          count(n),
          percent(share),
          '▇'.repeat(Math.ceil((n / most) * BAR_WIDTH)),
        ]),
      ),
      `Always answering "${classes[0]?.label}" would be right in ${percent(profile.majorityShare)}.`,
    );
  }
  parts.push(
    `Most frequent words: ${profile.topTokens.map(({ token, count: n }) => `${token} ${n}`).join(', ')}`,
  );
  if (classes.length > 0) {
    const rows = classes.map(({ label }) => [
      label,
      (profile.topTokensByClass[label] ?? []).map(({ token }) => token).join(', '),
    ]);
    parts.push(table(['class', 'its words'], rows));
  }
  const faults = faultsOf(profile);
  parts.push(
    faults.length === 0
      ? colors.green('No faults found.')
      : ['Worth a look:', ...faults.map((fault) => `  ${colors.yellow('!')} ${fault}`)].join('\n'),
  );
  return parts.join('\n\n');
}

export function describeLeakage(file: string, against: string, { exact, near, examples }: Leakage): string {
  if (exact + near === 0) return colors.green(`No text of ${against} stands in ${file}.`);
  const lines = examples.map(
    ({ row, otherRow, text }) => `  row ${row} is row ${otherRow}: ${shortened(text)}`,
  );
  return [
    `${colors.yellow('!')} ${against}: ${exact} texts stand in ${file} too, ${near} more nearly do`,
    ...lines,
  ].join('\n');
}

function faultsOf(profile: DatasetProfile): string[] {
  const { emptyTexts, missingLabels, duplicates, conflicts, nearDuplicates, doubledLabels } = profile;
  const rowList = ({ count: n, rows }: { count: number; rows: readonly number[] }) =>
    `(row${n > 1 ? 's' : ''} ${rows.join(', ')}${n > rows.length ? ', …' : ''})`;
  return [
    emptyTexts.count > 0 && `${emptyTexts.count} rows have no text ${rowList(emptyTexts)}`,
    missingLabels.count > 0 && `${missingLabels.count} rows have no label ${rowList(missingLabels)}`,
    ...doubledLabels.map(
      (labels) => `one class in several spellings: ${labels.map((label) => `"${label}"`).join(', ')}`,
    ),
    duplicates.texts > 0 &&
      `${duplicates.texts} texts stand more than once, ${duplicates.surplusRows} rows too many, e.g. ${examples(duplicates.examples)}`,
    conflicts.texts > 0 &&
      `${conflicts.texts} texts carry different labels, e.g. ${conflicts.examples
        .slice(0, 2)
        .map(({ text, labels }) => `${shortened(text)} (${labels.join(', ')})`)
        .join('; ')}`,
    nearDuplicates.pairs > 0 &&
      `${nearDuplicates.pairs} texts are nearly the same as an earlier one, e.g. rows ${nearDuplicates.examples
        .slice(0, 3)
        .map(({ row, otherRow }) => `${otherRow} and ${row}`)
        .join('; ')}`,
  ].filter((fault) => fault !== false);
}

function examples(texts: readonly { readonly text: string; readonly rows: readonly number[] }[]): string {
  return texts
    .slice(0, 2)
    .map(({ text, rows }) => `${shortened(text)} (rows ${rows.join(', ')})`)
    .join('; ');
}

function lengthCells({ min, median, mean, p95, max }: DatasetProfile['words']): string[] {
  return [count(min), count(median), mean.toFixed(1), count(p95), count(max)];
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return `«${line.length > 60 ? `${line.slice(0, 57)}…` : line}»`;
}
