import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { binomialInterval, lowerBound } from './binomial.ts';

const golden = <T>(name: string): T =>
  JSON.parse(
    readFileSync(new URL(`../../../../test-fixtures/goldens/${name}.json`, import.meta.url), 'utf8'),
  );
const { binomial } = golden<{ binomial: { hits: number; trials: number; low: number; high: number }[] }>(
  'intervals',
);
const { bounds } = golden<{
  bounds: { successes: number; trials: number; certainty: number; low: number }[];
}>('calibration');

test.each(binomial)('$hits of $trials: the mid-P interval solves the equations in scipy', (one) => {
  const { low, high } = binomialInterval(one.hits, one.trials);
  expect(low).toBeCloseTo(one.low, 8);
  expect(high).toBeCloseTo(one.high, 8);
});

test('without trials a share is anywhere', () => {
  expect(binomialInterval(0, 0)).toEqual({ low: 0, high: 1 });
});

test.each(bounds)(
  '$successes of $trials are at least the share that scipy’s bound gives, with certainty $certainty',
  ({ successes, trials, certainty, low }) => {
    expect(lowerBound(successes, trials, certainty)).toBeCloseTo(low, 8);
  },
);

test('no hits bound no share', () => {
  expect(lowerBound(0, 20, 0.95)).toBe(0);
});
