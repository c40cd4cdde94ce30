import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copied, normalizedForComparison } from './letters.ts';

/** Any characters, among them pairs, lone halves of pairs, and marks. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('\ud800', '\udc00', 'ё', 'Ё', 'Й', '\u0306', '𝒳', '😀', '½', ' ', '-', 'ﬁ'))
    .map((all) => all.join('')),
);

test('texts are compared by their letters and digits, as regular expressions find them', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const expected = text
        .normalize('NFKC')
        .toLowerCase()
        .replace(/ё/g, 'е')
        .replace(/[^\p{L}\p{N}]+/gu, ' ')
        .trim();
      expect(normalizedForComparison(text)).toBe(expected);
    }),
    { numRuns: 1000 },
  );
});

test('a text of any length is normalized, and copied', () => {
  const long = 'Ёлка, '.repeat(50_000);
  expect(normalizedForComparison(long)).toBe('елка '.repeat(50_000).trim());
  expect(copied(long)).toBe(long);
  expect(copied('мягкий плед', 7, 11)).toBe('плед');
});
