import fc from 'fast-check';
import { expect, test } from 'vitest';
import { themeOf } from '../terminal/theme.ts';
import { widthOf } from '../text.ts';
import { barOf, progressBar, sparkline, stretches } from './bar.ts';

const unicode = themeOf({ hasUnicode: true, colors: 'none' });
const ascii = themeOf({ hasUnicode: false, colors: 'none' });
const shares = fc.double({ min: 0, max: 1, noNaN: true });
const widths = fc.integer({ min: 0, max: 80 });

test('a bar fills its width, and is longer for more', () => {
  fc.assert(
    fc.property(shares, shares, widths, fc.constantFrom(unicode, ascii), (a, b, width, theme) => {
      const [one, other] = [barOf(a, width, theme), barOf(b, width, theme)];
      expect(widthOf(one.full + one.rest)).toBe(width);
      if (a <= b) expect(one.full.length).toBeLessThanOrEqual(other.full.length);
      expect(widthOf(progressBar(a, width, theme))).toBe(width);
    }),
  );
});

test('a full bar is full, an empty one empty', () => {
  expect(barOf(1, 4, unicode)).toEqual({ full: '████', rest: '' });
  expect(barOf(0, 4, unicode)).toEqual({ full: '', rest: '    ' });
  expect(barOf(0.5, 3, unicode)).toEqual({ full: '█▌', rest: ' ' });
  expect(barOf(Number.NaN, 2, ascii)).toEqual({ full: '', rest: '--' });
});

test('means of stretches keep the mean of the whole', () => {
  const values = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(values, fc.constantFrom(1, 2, 4), (one, parts) => {
      const means = stretches(one.slice(0, one.length - (one.length % parts) || one.length), parts);
      const used = one.slice(0, one.length - (one.length % parts) || one.length);
      if (used.length % means.length !== 0) return;
      const mean = (all: readonly number[]) => all.reduce((sum, value) => sum + value, 0) / all.length;
      expect(mean(means)).toBeCloseTo(mean(used), 9);
    }),
  );
});

test('a falling loss falls in its sparkline', () => {
  expect(sparkline([8, 7, 6, 5, 4, 3, 2, 1], 8, unicode)).toBe('█▇▆▅▄▃▂▁');
  expect(sparkline([2, 2], 8, unicode)).toBe('▄▄');
  expect(sparkline([], 8, unicode)).toBe('');
  expect(sparkline([1, 9], 8, ascii)).toBe('_#');
});
