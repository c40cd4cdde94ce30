import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTokenCounts } from './token-counts.ts';

/** Different words of letters only, none a stop word. */
const word = (i: number) =>
  `ъъ${i.toString(32).replace(/./g, (digit) => String.fromCharCode(0x430 + Number.parseInt(digit, 32)))}`;
const words = (n: number) => Array.from({ length: n }, (_, i) => word(i)).join(' ');

test('the most frequent words come first, equal ones in the order of letters, stop words never', () => {
  const counts = createTokenCounts();
  counts.add('Не шуба, а шуба и мех; зонт я 5');
  expect(counts.top(2)).toEqual({
    tokens: [
      { token: 'шуба', count: 2 },
      { token: 'зонт', count: 1 },
    ],
    error: 0,
  });
});

test('words of a class are counted for it and for all', () => {
  const counts = createTokenCounts();
  counts.add('мех', 1);
  counts.add('Мех зонт', 2);
  counts.add('мех');
  expect(counts.top(1)).toEqual({ tokens: [{ token: 'мех', count: 3 }], error: 0 });
  expect(counts.top(9, 2).tokens).toEqual([
    { token: 'зонт', count: 1 },
    { token: 'мех', count: 1 },
  ]);
  expect(counts.top(9, 3)).toEqual({ tokens: [], error: 0 });
});

test('among very many words those seen once are forgotten, and ever more often seen ones where that is too few', () => {
  const counts = createTokenCounts(1000);
  counts.add('мех мех');
  counts.add(words(1001));
  expect(counts.top(9)).toEqual({ tokens: [{ token: 'мех', count: 2 }], error: 1 });
  counts.add(`${words(1001)} ${words(1001)} мех мех`);
  // twice now, and once before that was forgotten
  expect(counts.top(9)).toEqual({ tokens: [{ token: 'мех', count: 4 }], error: 3 });
  // exact, for nothing that was forgotten could have come so often
  counts.add('мех '.repeat(9));
  expect(counts.top(1)).toEqual({ tokens: [{ token: 'мех', count: 13 }], error: 0 });
});

test('a small class keeps all its words while a large one forgets', () => {
  const counts = createTokenCounts(1000);
  counts.add('мех зонт', 1);
  for (let i = 0; i < 40; i++) counts.add(words(2000), 2);
  expect(counts.top(9, 1)).toEqual({
    tokens: [
      { token: 'зонт', count: 1 },
      { token: 'мех', count: 1 },
    ],
    error: 0,
  });
});

test('what was forgotten stays within the error that is told, and without one all is exact', () => {
  const draws = fc.array(
    fc.array(
      fc.nat(60).map((n) => Math.floor(n ** 2 / 60)),
      { maxLength: 12 },
    ),
    {
      minLength: 20,
      maxLength: 120,
    },
  );
  fc.assert(
    fc.property(draws, fc.integer({ min: 4, max: 60 }), (texts, pruneAbove) => {
      const counts = createTokenCounts(pruneAbove);
      const truth = new Map<string, number>();
      for (const numbers of texts) {
        counts.add(numbers.map(word).join(' '));
        for (const n of numbers) truth.set(word(n), (truth.get(word(n)) ?? 0) + 1);
      }
      const { tokens, error } = counts.top(5);
      const least = tokens.length < 5 ? 0 : (tokens.at(-1)?.count ?? 0);
      for (const { token, count } of tokens) {
        expect(count).toBeLessThanOrEqual(truth.get(token) as number);
        expect(count).toBeGreaterThanOrEqual((truth.get(token) as number) - error);
        truth.delete(token);
      }
      for (const missed of truth.values()) expect(missed).toBeLessThanOrEqual(least + error);
    }),
  );
});
