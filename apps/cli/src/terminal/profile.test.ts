import { createProfiler, profileDataset } from '@otzyv/core';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { describeInspection, describeLeakage } from './profile.ts';

const LONG = 'Пододеяльник сел после первой стирки при сорока градусах, хотя на ярлыке обещали обратное';
const LONG_CLASS = 'домашний текстиль, постельное бельё и всё для спальни';

type Row = readonly [text: string, label?: string];
const numbered = (rows: readonly Row[]) => rows.map(([text, label], i) => ({ text, label, row: i + 1 }));

function described(rows: readonly Row[], width?: number, columns = ['text', 'label'], badRows = 0): string {
  return describeInspection(
    'train.csv',
    'label',
    { columns, badRows, profile: profileDataset(numbered(rows)) },
    width,
  );
}

const FAULTY: Row[] = [
  ...Array.from({ length: 7 }, (): Row => [LONG, LONG_CLASS]),
  [LONG.toUpperCase(), 'обувь'],
  [`${LONG} вот`, 'Обувь'],
  ['Шуба греет', 'одежда'],
  ['', 'одежда'],
  ['Чайник', ''],
];

test.each([40, 60, 80, 120])('in %i columns no line is wider', (width) => {
  for (const line of described(FAULTY, width).split('\n'))
    expect(stringWidth(line)).toBeLessThanOrEqual(width);
});

test('faults are told with their rows', () => {
  const text = described(FAULTY, 120, undefined, 2);
  expect(text).toContain('train.csv: 12 rows, 4 classes');
  expect(text).toContain('! 2 rows could not be read, and are left out');
  expect(text).toContain('! 1 row has no text (row 11)');
  expect(text).toContain('! 1 row has no label (row 12)');
  expect(text).toContain('! one class in several spellings: "обувь", "Обувь"');
  expect(text).toContain('! 1 text carries different labels:');
  expect(text).toContain('! 1 text stands more than once, 7 rows too many:');
  expect(text).toMatch(/«Пододеяльник сел .*…» \(8 times, rows 1, 2, 3, 4, 5, …\)/);
  expect(text).toContain('! 1 text is nearly the same as an earlier one: rows 1 and 9');
});

describe('one of a kind is told of as one', () => {
  test('a row, and a class, which is none', () => {
    const text = described([['Чайник', 'кухня']]);
    expect(text).toContain('train.csv: 1 row, 1 class\n');
    expect(text).toContain('all rows are of one class');
    expect(text).not.toContain('Always answering');
  });

  test('a text that leaks', () => {
    const profiler = createProfiler();
    for (const row of numbered(FAULTY)) profiler.add(row);
    const finder = profiler.leakageFinder();
    finder.add('шуба греет!', 1);
    expect(describeLeakage('train.csv', 'test.csv', finder.leakage())).toBe(
      '! test.csv (1 row): 1 text stands in train.csv too, 0 more nearly do\n  row 1 is row 10: «шуба греет!»',
    );
  });
});

test('without texts there are no lengths, and without the column of labels no classes', () => {
  expect(described([[' ', ' ']])).toBe(
    'train.csv: 1 row\n\nWorth a look:\n  ! 1 row has no text (row 1)\n  ! 1 row has no label (row 1)',
  );
  const text = described([['Шуба'], ['Плед']], undefined, ['text', 'category']);
  expect(text).toContain('No column "label" (found: text, category)');
  expect(text).toContain('--label-column');
});

test('what is not of the whole file says so', () => {
  const profiler = createProfiler({ mostCompared: 2, mostTokens: 4, mostLabels: 2 });
  const rows = ['чай', 'плед', 'шуба', 'мех', 'зонт', 'утюг'].map((text): Row => [text, text]);
  for (const row of numbered(rows)) profiler.add(row);
  const inspection = { columns: ['text', 'label'], badRows: 0, profile: profiler.profile() };
  const text = describeInspection('train.csv', 'label', inspection);
  expect(text).toContain('Near copies were looked for among the first 2 of 6 different texts');
  expect(text).toMatch(/Most frequent words \(each may be too low by up to \d+\)/);
  expect(text).toContain('4 rows have a label beyond the first 2 different ones');
  expect(describeLeakage('train.csv', 'test.csv', profiler.leakageFinder().leakage())).toContain(
    'Near copies were looked for among the first 2 different texts of train.csv only',
  );
});

test('of very many classes the largest are shown', () => {
  const rows = Array.from({ length: 100 }, (_, i): Row => [`Чайник ${i}`, `класс ${i}`]);
  expect(described(rows)).toContain('… and 60 classes more');
});
