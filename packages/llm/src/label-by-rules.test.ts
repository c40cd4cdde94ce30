import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Category, parseCategories, readCategories } from './categories.ts';
import { labelByRules } from './label-by-rules.ts';
import { type TemporaryFolder, temporaryFolder } from './testing/temporary-folder.ts';

const FIXTURES = fileURLToPath(new URL('../../../test-fixtures/', import.meta.url));

let folder: TemporaryFolder;
let categories: readonly Category[];
beforeAll(async () => {
  folder = await temporaryFolder();
  categories = await readCategories(`${FIXTURES}categories.json`);
});
afterAll(() => folder.remove());

const label = (input: string, options = {}) =>
  labelByRules({
    ...{ input, output: folder.at('weak.csv'), categories, textColumn: 'text', maxTextLength: 1000 },
    ...options,
  });

it('rows that are clear have a label, ambiguous ones are left out', async () => {
  await writeFile(folder.at('raw.csv'), 'text\nКурткой доволен\nДоставили быстро\nКуртка и чайник\n""\n');
  const report = await label(folder.at('raw.csv'));
  expect(report).toMatchObject({ rows: 4, labelledRows: 2, emptyRows: 1, unlabelledRows: 1 });
  const [, first, second] = (await readFile(folder.at('weak.csv'), 'utf8')).split('\n');
  expect(first).toMatch(/^Курткой доволен,одежда,1,.*"\[""куртк""\]"$/);
  expect(second).toMatch(/^Доставили быстро,нет товара,1,/);
});

it('as a baseline they beat the largest class by far on reviews that were written for this project', async () => {
  const file = `${FIXTURES}reviews/test-labelled.csv`;
  const { gold } = await label(file, { gold: { file, textColumn: 'text', labelColumn: 'label' } });
  expect(gold?.rows).toBe(254);
  expect(gold?.accuracyOfAll).toBeGreaterThan(2 * gold!.evaluation.baseline['accuracy']!);
});

it('a gold row is answered as the same row of the input is: cut alike, and not at all without a text', async () => {
  const file = folder.at('gold.csv');
  await writeFile(
    file,
    'text,label\nКуртка и чайник,одежда\nЧайник,бытовая техника\n"",нет товара\n"",обувь\n',
  );
  const gold = { file, textColumn: 'text', labelColumn: 'label' };
  const report = await label(file, { maxTextLength: 8, gold });
  expect(report).toMatchObject({ labelledRows: 2, emptyRows: 2, gold: { rows: 4, unanswered: 2 } });
});

it('categories without keywords are refused', async () => {
  const none = { categories: parseCategories([{ name: 'одежда' }, { name: 'обувь' }], 'here') };
  await expect(label(folder.at('raw.csv'), none)).rejects.toMatchObject({ code: 'labels.keywords' });
});
