import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LabelledPredictions } from '../training/predictions-file.ts';
import { pairRows } from './pair-rows.ts';

interface Row {
  readonly row: number;
  readonly text: string;
  readonly label: string;
  /** of class "а" */
  readonly score: number;
}

function predictions(rows: readonly Row[], labels = ['а', 'б'], columns = {}): LabelledPredictions {
  return {
    labels,
    rows: rows.map(({ row }) => row),
    texts: rows.map(({ text }) => text),
    labelIds: rows.map(({ label }) => labels.indexOf(label)),
    probabilities: Float32Array.from(
      rows.flatMap(({ score }) => labels.map((label) => (label === 'а' ? score : 1 - score))),
    ),
    columns,
  };
}

const names = { first: 'runs/a', second: 'runs/b' };
const review = (row: number, more: Partial<Row> = {}): Row => ({
  ...{ row, text: `отзыв ${row}`, label: row % 2 === 0 ? 'а' : 'б', score: 0.5 },
  ...more,
});
const score = (row: number) => Math.fround(row / 100);

test('rows are paired wherever they stand, and classes in whatever order they have', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(99), { minLength: 1, maxLength: 20 }),
      fc.array(fc.nat()),
      (rows, keys) => {
        const mixed = [...rows].sort((a, b) => (keys[a % keys.length] ?? a) - (keys[b % keys.length] ?? b));
        const one = predictions(rows.map((row) => review(row, { score: score(row) })));
        const other = predictions(
          mixed.map((row) => review(row, { score: score(row) })),
          ['б', 'а'],
        );
        const pair = pairRows(one, other, names);
        expect(pair.unpaired).toBe(0);
        pair.second.forEach((value, i) => {
          expect(value).toBeCloseTo(pair.first[i]!, 6);
        });
        expect(pair.texts).toEqual(one.texts);
      },
    ),
  );
});

test('a file that was sorted anew pairs by its texts; equal texts one by one', () => {
  const twice = [
    review(1, { text: 'да', label: 'а', score: 0.125 }),
    review(2, { text: 'да', label: 'а', score: 0.25 }),
    review(3),
  ];
  const moved = twice.map((one) => ({ ...one, row: one.row + 10 }));
  expect([...pairRows(predictions(twice), predictions(moved), names).second]).toEqual([
    0.125, 0.875, 0.25, 0.75, 0.5, 0.5,
  ]);
});

test('a run beside a cross-validation is compared on the rows of the run', () => {
  const all = [1, 2, 3, 4, 5].map((row) => review(row));
  const pair = pairRows(predictions(all.slice(1, 3)), predictions(all), names);
  expect(pair.texts).toEqual(['отзыв 2', 'отзыв 3']);
  expect(pair.unpaired).toBe(3);
});

test('of a repeated cross-validation each row counts once; folds are told where they are the same', () => {
  const rows = [1, 2, 1, 2].map((row) => review(row));
  const columns = { fold: ['1', '2', '2', '1'], repeat: ['1', '1', '2', '2'] };
  const one = predictions(rows, ['а', 'б'], columns);
  expect(pairRows(one, one, names)).toMatchObject({ labelIds: [1, 0], folds: ['1', '2'] });
  const other = predictions(rows.slice(0, 2), ['а', 'б'], { fold: ['2', '1'] });
  expect(pairRows(one, other, names)).not.toHaveProperty('folds');
});

describe('what cannot be compared is refused', () => {
  test('different rows, with how many there are and what to do', () => {
    const one = predictions([1, 2, 3].map((row) => review(row)));
    const other = predictions([3, 4].map((row) => review(row)));
    expect(() => pairRows(one, other, names)).toThrow(
      expect.objectContaining({
        code: 'options.compare',
        message:
          'runs/a and runs/b were measured on different rows: 3 and 2, of which 1 have a text in common',
        hint: expect.stringContaining('--input'),
      }),
    );
  });

  test('one row with two truths', () => {
    const one = predictions([review(1), review(2)]);
    const other = predictions([review(1), review(2, { label: 'б' })]);
    expect(() => pairRows(one, other, names)).toThrow(
      expect.objectContaining({
        code: 'labels.differ',
        message: 'row 2 is "а" for runs/a, and "б" for runs/b: отзыв 2',
      }),
    );
  });

  test('different classes', () => {
    const one = predictions([review(1)]);
    const other = predictions([review(1)], ['а', 'б', 'в']);
    expect(() => pairRows(one, other, names)).toThrow(expect.objectContaining({ code: 'labels.differ' }));
  });
});
