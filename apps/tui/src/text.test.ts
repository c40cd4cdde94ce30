import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitted, fittedRight, shortened, widthOf, wrapped } from './text.ts';

const texts = fc.string({ unit: fc.constantFrom('а', 'b', ' ', '字', '👍', 'é') });
const widths = fc.integer({ min: 1, max: 30 });

test('what is fitted is exactly as wide, whatever the alphabet', () => {
  fc.assert(
    fc.property(texts, widths, (text, width) => {
      expect(widthOf(fitted(text, width))).toBe(width);
      expect(widthOf(fittedRight(text, width))).toBe(width);
      expect(widthOf(shortened(text, width))).toBeLessThanOrEqual(width);
    }),
  );
});

test('wrapped lines are no wider, no more, and lose nothing', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 2, max: 30 }), (text, width) => {
      const lines = wrapped(text, width);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      expect(wrapped(text, width, 2).length).toBeLessThanOrEqual(2);
    }),
  );
});

test('text that is cut ends with an ellipsis', () => {
  expect(shortened('украшения и аксессуары', 10)).toBe('украшения…');
  expect(shortened('обувь', 5)).toBe('обувь');
  expect(wrapped('раз два три четыре', 7, 2)).toEqual(['раз два', 'три че…']);
});
