import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLengths, measured } from './lengths.ts';

test('words stand between white space, and a pair of code units is one character', () => {
  const unit = fc.oneof(
    fc.constantFrom(
      ' ',
      '\t',
      '\n',
      '\r',
      '\v',
      '\f',
      '\u00a0',
      '\u1680',
      '\u2003',
      '\u2028',
      '\u202f',
      '\u3000',
      '\ufeff',
    ),
    fc.constantFrom('\ud800', '\udc00', '\u200b', '\u0085', '\u180e', 'ж', '😀'),
    fc.string({ unit: 'binary', maxLength: 2 }),
  );
  fc.assert(
    fc.property(fc.array(unit), (units) => {
      const text = units.join('');
      const words = text.trim() === '' ? 0 : text.trim().split(/\s+/u).length;
      expect(measured(text)).toEqual({ words, characters: [...text].length });
    }),
    { numRuns: 1000 },
  );
});

test('a summary is that of the sorted lengths', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { minLength: 1 }), (all) => {
      const lengths = createLengths();
      for (const length of all) lengths.add(length);
      const sorted = all.toSorted((a, b) => a - b);
      const at = (share: number) => sorted[Math.ceil(share * all.length) - 1];
      const mean = all.reduce((sum, length) => sum + length, 0) / all.length;
      expect(lengths.summary()).toEqual({
        min: sorted[0],
        mean,
        median: at(0.5),
        p95: at(0.95),
        max: sorted.at(-1),
      });
    }),
  );
});
