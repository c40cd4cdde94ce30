import { expect, test } from 'vitest';
import { conflictingTexts, leakedTexts } from './twins.ts';

const LONG = 'Куртка тёплая, но рукава короткие и молния заедает, ношу вторую зиму подряд';

test('equal and nearly equal texts under different labels are conflicts, under one label not', () => {
  const texts = [LONG, 'Чайник течёт по шву, вернула продавцу', `${LONG.toUpperCase()}!!`, `${LONG} ура`];
  expect(conflictingTexts(texts, [0, 1, 0, 0])).toEqual([]);
  expect(conflictingTexts(texts, [0, 1, 0, 2])).toEqual([{ rows: [0, 2, 3], isShort: false }]);
});

test('a short text conflicts with its equals only', () => {
  const texts = ['Всё хорошо', 'всё хорошо!', 'всё хорошо?', 'всё хорошо, да', '👍', '👍', '👎'];
  expect(conflictingTexts(texts, [0, 1, 0, 2, 0, 1, 2])).toEqual([
    { rows: [0, 1, 2], isShort: true },
    { rows: [4, 5], isShort: true },
  ]);
});

test('every row whose text stands in the other set is a leak, not only the first', () => {
  const others = ['иное', LONG, 'спасибо'];
  expect(leakedTexts([LONG, 'Спасибо!', 'своё', LONG, `${LONG} ура`], others)).toEqual([
    { row: 0, otherRow: 1, isExact: true, isShort: false },
    { row: 1, otherRow: 2, isExact: true, isShort: true },
    { row: 3, otherRow: 1, isExact: true, isShort: false },
    { row: 4, otherRow: 1, isExact: false, isShort: false },
  ]);
});
