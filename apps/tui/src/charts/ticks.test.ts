import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ticksIn, tickText, wholeTicksIn } from './ticks.ts';

const ranges = fc
  .record({
    low: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    width: fc.double({ min: 1e-6, max: 1e7, noNaN: true }),
    most: fc.integer({ min: 1, max: 12 }),
  })
  .filter(({ low, width }) => low + width > low && width > Math.abs(low) * 1e-9);

describe('the ticks of any range', () => {
  test('lie in it, ascend evenly, and are no more than asked for', () => {
    fc.assert(
      fc.property(ranges, ({ low, width, most }) => {
        const ticks = ticksIn(low, low + width, most);
        expect(ticks.length).toBeLessThanOrEqual(most);
        const slack = width * 1e-6;
        for (const tick of ticks) {
          expect(tick).toBeGreaterThanOrEqual(low - slack);
          expect(tick).toBeLessThanOrEqual(low + width + slack);
        }
        const steps = ticks.slice(1).map((tick, i) => tick - (ticks[i] as number));
        for (const step of steps) expect(step).toBeCloseTo(steps[0] as number, 4);
      }),
    );
  });

  test('are enough to read it by, where there is room for three', () => {
    fc.assert(
      fc.property(ranges, ({ low, width, most }) => {
        fc.pre(most >= 3);
        expect(ticksIn(low, low + width, most).length).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});

test('round numbers', () => {
  expect(ticksIn(2.14, 2.62, 6)).toEqual([2.2, 2.3, 2.4, 2.5, 2.6]);
  expect(ticksIn(0, 1, 5)).toEqual([0, 0.5, 1]);
  expect(wholeTicksIn(1, 3, 10)).toEqual([1, 2, 3]);
  expect(ticksIn(1, 1, 5)).toEqual([]);
});

test('no more digits than tell two of them apart', () => {
  const texts = (...ticks: [number, number, ...number[]]) =>
    ticks.map((tick) => tickText(tick, ticks[1] - ticks[0]));
  expect(texts(0, 0.5, 1)).toEqual(['0', '0.5', '1.0']);
  expect(texts(1e-5, 2e-5)).toEqual(['1e-5', '2e-5']);
  expect(texts(20_000, 30_000)).toEqual(['20k', '30k']);
  expect(texts(10_500, 11_000)).toEqual(['10.5k', '11k']);
  expect(texts(2_000_000, 4_000_000)).toEqual(['2e6', '4e6']);
});
