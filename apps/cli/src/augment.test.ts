/** Rare classes, filled up and trained on, and never measured on. */
import { existsSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { at, json, otzyv, rowsOf, TRAIN } from './testing/otzyv.ts';

const measured = (run: string) => rowsOf(at(run, 'validation_pred.csv')).map(({ text }) => text);

test('a file with more rows of its rare classes is trained on, and measured on the same reviews as before', async () => {
  const made = await otzyv('augment', '--train', TRAIN, '--output', 'more.csv');
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const [before, after] = [rowsOf(TRAIN), rowsOf(at('more.csv'))];
  expect(after.slice(0, before.length)).toEqual(
    before.map((row) => ({ ...row, synthetic: '', synthetic_of: '' })),
  );
  const synthetic = after.slice(before.length);
  expect(made.stdout).toContain(`${before.length} reviews, and ${synthetic.length} texts made of them`);
  expect(synthetic.length).toBeGreaterThan(10);
  const labelOf = new Map(before.map(({ text, label }) => [text, label]));
  for (const { text, label, synthetic: how, synthetic_of: origin } of synthetic) {
    expect(['typos', 'dropout', 'swaps']).toContain(how);
    expect(labelOf.get(origin!)).toBe(label);
    expect(labelOf.has(text!)).toBe(false);
  }

  for (const [file, run] of [
    [TRAIN, 'before'],
    ['more.csv', 'more'],
  ] as const) {
    const trained = await otzyv('train', '--train', file, '--model', 'linear', '--output', run);
    expect(trained.code).toBe(0);
    if (run === 'more')
      expect(trained.stderr).toMatch(/of the rows to train on \d+ are synthetic; \d+ are left out/);
  }
  expect(measured('more')).toEqual(measured('before'));
  const heldOut = new Set(measured('more'));
  const apart = synthetic.filter(({ synthetic_of: origin }) => !heldOut.has(origin!)).length;
  expect(apart).toBeLessThan(synthetic.length);
  const rows = (run: string) => json(at(run, 'best/otzyv.json')).trainedOn.rows;
  expect(rows('more') - rows('before')).toBe(apart);
});

test('rows that are marked as synthetic are in no measurement, wherever they stand', async () => {
  const crossed = await otzyv(
    'crossval',
    '--train',
    'more.csv',
    '--model',
    'linear',
    '--folds',
    '3',
    '--output',
    'cv',
  );
  expect(crossed.code).toBe(0);
  expect(rowsOf(at('cv/oof_pred.csv'))).toHaveLength(rowsOf(TRAIN).length);

  const evaluated = await otzyv('evaluate', '--model', 'more', '--input', 'more.csv', '--json');
  expect(JSON.parse(evaluated.stdout)).toMatchObject({ rows: rowsOf(TRAIN).length });
  expect(evaluated.stderr).toMatch(/\d+ rows, marked as synthetic: they are not measured on/);

  const tuned = await otzyv(
    'tune',
    '--train',
    'more.csv',
    '--model',
    'linear',
    '--trials',
    '1',
    '--output',
    'search',
  );
  expect(tuned.code).toBe(0);
  expect(rowsOf(at('search/data/holdout.csv')).every(({ synthetic }) => synthetic === '')).toBe(true);
  const searched = rowsOf(at('search/data/search.csv'));
  const heldOut = new Set(rowsOf(at('search/data/holdout.csv')).map(({ text }) => text));
  expect(searched.some(({ synthetic }) => synthetic !== '')).toBe(true);
  expect(searched.some(({ synthetic_of: origin }) => heldOut.has(origin))).toBe(false);
});

test('the same seed makes the same file, another one another', async () => {
  const make = async (seed: string, output: string) => {
    await otzyv('augment', '--train', TRAIN, '--seed', seed, '--output', output);
    return rowsOf(at(output));
  };
  const first = await make('1', 'a.csv');
  expect(await make('1', 'b.csv')).toEqual(first);
  expect(await make('2', 'c.csv')).not.toEqual(first);
});

test('classes grow to what is asked for, by no more of one review than allowed', async () => {
  writeFileSync(
    at('few.csv'),
    `text,label\n${['а', 'б', 'в'].map((t) => `очень хороший отзыв ${t},х`).join('\n')}\nодин отзыв тут,у\n`,
  );
  const made = await otzyv(
    'augment',
    '--train',
    'few.csv',
    '--per-class',
    '5',
    '--per-row',
    '3',
    '--output',
    'f.csv',
    '--json',
  );
  const { classes } = JSON.parse(made.stdout);
  expect(classes).toEqual([
    { label: 'у', rows: 1, made: 3, aim: 5 },
    { label: 'х', rows: 3, made: 2, aim: 5 },
  ]);
});

test.each([
  [['--train', 'more.csv'], /has a column "synthetic" already/],
  [['--train', 'nothing.csv'], /nothing\.csv/],
  [['--train', TRAIN, '--text-column', 'review'], /no column "review" \(found: text, label/],
  [['--train', TRAIN, '--per-class', '0'], /whole number from 1/],
  [['--train', TRAIN, '--methods', 'magic'], /typos, dropout, swaps/],
])('what cannot be: %j', async (args, message) => {
  const { code, stderr } = await otzyv('augment', ...args, '--output', 'no.csv');
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(existsSync(at('no.csv'))).toBe(false);
});
