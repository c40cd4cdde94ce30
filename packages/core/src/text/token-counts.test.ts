import { expect, test } from 'vitest';
import { createTokenCounts } from './token-counts.ts';

/** More different words than are counted at a time; none is a stop word. */
const MANY = Array.from({ length: 500_001 }, (_, i) =>
  i.toString(32).replace(/./g, (digit) => String.fromCharCode(0x430 + Number.parseInt(digit, 32))),
)
  .map((word) => `ъъ${word}`)
  .join(' ');

test('the most frequent words come first, equal ones in the order of letters, stop words never', () => {
  const counts = createTokenCounts();
  counts.add('Не шуба, а шуба и мех; зонт я 5');
  expect(counts.top(2)).toEqual([
    { token: 'шуба', count: 2 },
    { token: 'зонт', count: 1 },
  ]);
});

test('among very many words those seen once are forgotten, and ever more often seen ones where that is too few', () => {
  const counts = createTokenCounts();
  counts.add('мех мех');
  counts.add(MANY);
  expect(counts.top(9)).toEqual([{ token: 'мех', count: 2 }]);
  counts.add(`${MANY} ${MANY} мех`);
  expect(counts.top(9)).toEqual([{ token: 'мех', count: 3 }]);
});
