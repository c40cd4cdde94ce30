import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanedReview } from './cleaned-review.ts';

describe('what stands around a review is taken off', () => {
  it.each([
    ['1. Куртка тёплая', 'Куртка тёплая'],
    ['12) Куртка тёплая', 'Куртка тёплая'],
    ['№ 3: Куртка тёплая', 'Куртка тёплая'],
    ['- Куртка тёплая', 'Куртка тёплая'],
    ['• Куртка тёплая', 'Куртка тёплая'],
    ['Отзыв: Куртка тёплая', 'Куртка тёплая'],
    ['Отзыв 1: «Куртка тёплая»', 'Куртка тёплая'],
    ['**Отзыв №2.** Куртка тёплая', 'Куртка тёплая'],
    ['Вот новый отзыв: "Куртка тёплая"', 'Куртка тёплая'],
    ['“Куртка тёплая”', 'Куртка тёплая'],
    ['  Куртка\n\nтёплая\t', 'Куртка тёплая'],
    ['«1. «', '«1. «'],
    ['""', ''],
  ])('%j', (written, cleaned) => {
    expect(cleanedReview(written)).toBe(cleaned);
  });
});

it.each([
  '1.5 литра — мало, 2 было бы в самый раз',
  '«Куртка» и «шапка» одного цвета',
  'Отзывы не врут, куртка тёплая',
  '-10 на улице, а в ней тепло',
  '100 рублей не стоит',
])('what belongs to a review stays: %s', (text) => {
  expect(cleanedReview(text)).toBe(text);
});

it('cleaning twice is cleaning once', () => {
  const piece = fc.constantFrom(
    ...['1. ', '2) ', '- ', '• ', '«', '»', '"', "'", '„', '“', '”', '**', '`', ' ', '\n', '#', '№ 3: ', '5'],
    ...['Отзыв ', 'отзыв: ', 'Вот ', 'мой ', 'Куртка ', 'тёплая', '.', ':', '—', 'е\u0308', '\u00a0'],
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join('')),
    fc.string(),
  );
  fc.assert(
    fc.property(text, (written) => {
      const once = cleanedReview(written);
      expect(cleanedReview(once)).toBe(once);
      expect(once).toBe(once.trim());
    }),
    { numRuns: 1000 },
  );
});
