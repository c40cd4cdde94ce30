import fc from 'fast-check';
import { expect, test } from 'vitest';
import { populationStability } from './population-stability.ts';

const counts = fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 });

test('is never negative, the same from both sides, and zero for what is alike', () => {
  fc.assert(
    fc.property(counts, counts, (a, b) => {
      expect(populationStability(a, b)).toBeGreaterThanOrEqual(0);
      expect(populationStability(a, b)).toBeCloseTo(populationStability(b, a), 10);
      expect(populationStability(a, a)).toBe(0);
    }),
  );
});

test('is what the formula gives, to the half observation', () => {
  // shares 0.5, 0.5 against 0.25, 0.75: (0.25 − 0.5)·ln(0.25 / 0.5) + (0.75 − 0.5)·ln(0.75 / 0.5)
  const exact = 0.25 * Math.log(2) + 0.25 * Math.log(1.5);
  expect(populationStability([50_000, 50_000], [25_000, 75_000])).toBeCloseTo(exact, 4);
  expect(populationStability([10, 0], [0, 10])).toBeLessThan(Number.POSITIVE_INFINITY);
});
