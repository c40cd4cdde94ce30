import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseCategories, withBoosts } from './categories.ts';

const TWO = [
  { name: 'одежда', keywords: ['куртк'] },
  { name: 'нет товара', none: true },
];

it('what is left out has a default', () => {
  expect(parseCategories(TWO, 'categories.json')[1]).toEqual({
    ...{ name: 'нет товара', description: '', keywords: [], examples: [], boost: 1, none: true },
  });
});

it('the categories that come with the repository are valid: nine, one of them for reviews without a product', async () => {
  const path = new URL('../../../test-fixtures/categories.json', import.meta.url);
  const categories = parseCategories(JSON.parse(await readFile(path, 'utf8')), 'categories.json');
  expect(categories).toHaveLength(9);
  expect(categories.filter(({ none }) => none).map(({ name }) => name)).toEqual(['нет товара']);
});

it.each([
  [{ categories: TWO }, 'is not a list of categories'],
  [[...TWO, { name: 'обувь', keywords: ['', 'сапог'] }], '[2].keywords[0] («обувь»): '],
  [[...TWO, { name: 'обувь', keyword: ['сапог'] }], '[2] («обувь»): Unrecognized key: "keyword"'],
  [[...TWO, { description: 'без имени' }], '[2].name: '],
  [[...TWO, { name: 'обувь', boost: 0 }], '[2].boost («обувь»): '],
  [[...TWO, { name: ' Одежда' }], '[2]: "Одежда" stands there twice'],
  [[...TWO, { name: 'прочее', none: true }], 'several categories have "none": true'],
  [[TWO[0]], 'has fewer than two categories'],
])('a fault is told with the file and its place: %j', (written, fault) => {
  expect(() => parseCategories(written, 'shop/categories.json')).toThrow(
    expect.objectContaining({
      code: 'labels.categories',
      message: expect.stringContaining(`shop/categories.json: ${fault}`),
    }),
  );
});

it('a boost of the command line takes the place of the one in the file, and must name a category', () => {
  const categories = parseCategories(TWO, 'categories.json');
  expect(withBoosts(categories, { одежда: 2 }).map(({ boost }) => boost)).toEqual([2, 1]);
  expect(() => withBoosts(categories, { обувь: 2 })).toThrow(
    expect.objectContaining({ code: 'options.boost' }),
  );
});
