/** Finding bad labels and training without them, through the real binary. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { at, json, otzyv, rowsOf, TRAIN } from './testing/otzyv.ts';

const COPIED = 'Пришло мятое, коробка вскрыта'; // row 1 of the reviews, where it is «нет товара»

beforeAll(async () => {
  await writeFile(at('reviews.csv'), `${readFileSync(TRAIN, 'utf8')}"${COPIED}!",посуда\n`);
  await writeFile(at('held.csv'), `text,label\n"${COPIED}",нет товара\n"Шарф колется",одежда\n`);
});

test('an audit cross-validates, writes the doubtful rows worst first, and says what comes next', async () => {
  const { code, stdout } = await otzyv(
    ...['audit', '--train', 'reviews.csv', '--validation', 'held.csv', '--output', 'audit.csv'],
  );
  expect(code).toBe(0);
  expect(stdout).toContain('one text under several labels');
  expect(stdout).toMatch(/answered \d\d\.\d\s% as they are labelled/);
  expect(stdout).toContain('npx otzyv train --train reviews.csv --exclude audit.csv');
  const rows = rowsOf(at('audit.csv'));
  const quality = rows.map((row) => Number(row['quality']));
  expect(quality).toEqual(quality.toSorted((a, b) => a - b));
  const copies = rows.filter(({ text }) => text?.startsWith(COPIED));
  expect(copies).toHaveLength(2);
  for (const copy of copies) {
    expect(copy['kind']).toMatch(/conflict\+leak$/);
    expect(copy).toMatchObject({ decision: 'exclude', validation_rows: '1 нет товара' });
  }
});

test('decisions are not overwritten unasked', async () => {
  const before = readFileSync(at('audit.csv'));
  expect(await otzyv('audit', '--train', 'reviews.csv', '--output', 'audit.csv')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('may hold your decisions'),
  });
  expect(readFileSync(at('audit.csv')).equals(before)).toBe(true);
});

test('training leaves out what the file excludes, tells how much, and records the file', async () => {
  const train = ['train', '--train', 'reviews.csv', '--validation', 'held.csv'];
  const { code, stderr } = await otzyv(...train, '--exclude', 'audit.csv', '--output', 'audited');
  expect(code).toBe(0);
  const excluded = rowsOf(at('audit.csv')).filter(({ decision }) => decision === 'exclude').length;
  expect(stderr).toContain(`audit.csv: ${excluded} rows left out of training, 0 relabelled`);
  const { options, data } = json(at('audited/run.json'));
  expect(options.exclude).toBe('audit.csv');
  expect(data['audit.csv'].sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(json(at('audited/train_results.json')).train_samples).toBe(
    rowsOf(at('reviews.csv')).length - excluded,
  );
});

test('an audit takes the predictions of a run; as JSON it tells all that it found', async () => {
  // that run was measured on another file: nothing may be mixed up
  expect(
    await otzyv('audit', '--train', 'reviews.csv', '--predictions', 'audited', '--output', 'other.csv'),
  ).toMatchObject({ code: 2, stderr: expect.stringContaining('Make the predictions anew') });
  await otzyv('train', '--train', 'reviews.csv', '--output', 'held-out');
  const audit = await otzyv(
    ...['audit', '--train', 'reviews.csv', '--predictions', 'held-out', '--output', 'other.csv', '--json'],
  );
  const { predictedRows, findings, kinds } = JSON.parse(audit.stdout);
  expect(predictedRows).toBe(rowsOf(at('held-out/validation_pred.csv')).length);
  expect(findings).toHaveLength(rowsOf(at('other.csv')).length);
  expect(kinds.conflict.rows).toBe(2);
});

test('the audit of a file that was changed since is refused', async () => {
  await writeFile(at('changed.csv'), readFileSync(at('reviews.csv'), 'utf8').replace(COPIED, 'Иное'));
  const { code, stderr } = await otzyv(
    ...['train', '--train', 'changed.csv', '--exclude', 'audit.csv', '--output', 'never'],
  );
  expect(code).toBe(2);
  expect(stderr).toContain('audit.csv speaks of row 1, and changed.csv has another text there');
});
