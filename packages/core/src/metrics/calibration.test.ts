import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { applyTemperature, fitTemperature, reliability } from './calibration.ts';
import { crossFit, dealtParts } from './cross-fitting.ts';
import { logLoss } from './scores.ts';

interface Case {
  name: string;
  classes: number;
  truth: number[];
  probabilities: number[][];
  ece: number;
  mce: number;
  curve: { accuracy: number[]; confidence: number[] };
  brier: number;
  temperature: number;
  smoothed: number;
}

const golden: { cases: Case[] } = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/calibration.json', import.meta.url), 'utf8'),
);

/** Distributions over `classes` with none of them certain. */
const distributions = (classes: number) =>
  fc.array(
    fc.array(fc.double({ min: 1e-3, max: 1, noNaN: true }), { minLength: classes, maxLength: classes }),
    { minLength: 1, maxLength: 30 },
  );
const flat = (rows: number[][]) =>
  Float32Array.from(
    rows.flatMap((row) => row.map((value) => value / row.reduce((sum, other) => sum + other, 0))),
  );

/** Labels drawn from the very probabilities. */
function calibrated(rows: number, classes: number) {
  const random = createRandom(7, 'calibrated');
  const probabilities = flat(
    Array.from({ length: rows }, () =>
      Array.from({ length: classes }, () => Math.exp(1.5 * random.normal())),
    ),
  );
  const truth = Array.from({ length: rows }, (_, row) => {
    let left = random.uniform();
    for (let id = 0; id < classes - 1; id++) {
      left -= probabilities[row * classes + id] as number;
      if (left < 0) return id;
    }
    return classes - 1;
  });
  return { truth, probabilities };
}

describe('goldens', () => {
  test.each(golden.cases)('$name: the bins are scikit-learn’s, the errors numpy’s', (one) => {
    const { ece, mce, brier, bins } = reliability(one.truth, one.probabilities.flat(), one.classes);
    expect(ece).toBeCloseTo(one.ece, 8);
    expect(mce).toBeCloseTo(one.mce, 8);
    expect(brier).toBeCloseTo(one.brier, 8);
    const filled = bins.filter(({ count }) => count > 0);
    expect(filled).toHaveLength(one.curve.accuracy.length);
    filled.forEach(({ accuracy, confidence }, i) => {
      expect(accuracy).toBeCloseTo(one.curve.accuracy[i]!, 8);
      expect(confidence).toBeCloseTo(one.curve.confidence[i]!, 8);
    });
  });

  test.each(golden.cases)('$name: the temperature is PyTorch’s and scipy’s', (one) => {
    const { truth, classes, temperature, smoothed } = one;
    const probabilities = one.probabilities.flat();
    expect(fitTemperature(truth, probabilities, classes, { labelSmoothing: 0 })).toBeCloseTo(temperature, 6);
    expect(fitTemperature(truth, probabilities, classes)).toBeCloseTo(smoothed, 6);
  });
});

describe('reliability', () => {
  test('is perfect where each bin is right as often as it is sure', () => {
    // ten answers of 0.7, seven of them right; four of 0.5, two of them right
    const rows = [...Array<number[]>(10).fill([0.7, 0.3]), ...Array<number[]>(4).fill([0.5, 0.5])];
    const truth = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1];
    const { ece, mce } = reliability(truth, rows.flat(), 2);
    expect(ece).toBeCloseTo(0, 12);
    expect(mce).toBeCloseTo(0, 12);
  });

  test('every row is in one bin, and the expected error is no larger than the greatest', () => {
    fc.assert(
      fc.property(distributions(3), fc.integer({ min: 1, max: 30 }), (rows, bins) => {
        const measured = reliability(
          rows.map((_, i) => i % 3),
          flat(rows),
          3,
          { bins },
        );
        expect(measured.bins.reduce((sum, { count }) => sum + count, 0)).toBe(rows.length);
        expect(measured.ece).toBeLessThanOrEqual(measured.mce + 1e-12);
        expect(measured.mce).toBeLessThanOrEqual(1);
        expect(measured.brier).toBeLessThanOrEqual(2);
      }),
    );
  });

  test('certain and right is perfect, certain and wrong as bad as can be', () => {
    expect(reliability([0, 1], [1, 0, 0, 1], 2)).toMatchObject({ ece: 0, mce: 0, brier: 0 });
    expect(reliability([1, 0], [1, 0, 0, 1], 2)).toMatchObject({ ece: 1, mce: 1, brier: 2 });
  });

  test('of no rows is zero', () => {
    expect(reliability([], [], 3)).toMatchObject({ ece: 0, mce: 0, brier: 0 });
  });
});

describe('temperature', () => {
  test('of what is calibrated already is 1, and to sharpen by k is mended by k', () => {
    const { truth, probabilities } = calibrated(4000, 4);
    const temperature = fitTemperature(truth, probabilities, 4);
    expect(Math.abs(temperature - 1)).toBeLessThan(0.06);
    for (const k of [0.5, 2]) {
      const sharpened = applyTemperature(probabilities, 4, 1 / k);
      expect(fitTemperature(truth, sharpened, 4) / temperature / k).toBeCloseTo(1, 4);
    }
  });

  test('divides log-odds, and its rows sum to one', () => {
    fc.assert(
      fc.property(distributions(4), fc.double({ min: 0.5, max: 10, noNaN: true }), (rows, temperature) => {
        const before = flat(rows);
        const after = applyTemperature(before, 4, temperature);
        const odds = (p: Float32Array, row: number) => Math.log(p[row * 4]! / p[row * 4 + 1]!);
        rows.forEach((_, row) => {
          expect(odds(after, row)).toBeCloseTo(odds(before, row) / temperature, 3);
          expect(after.subarray(row * 4, row * 4 + 4).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
        });
      }),
    );
  });

  test('leaves the class on top there', () => {
    fc.assert(
      fc.property(distributions(5), fc.double({ min: 0.05, max: 20, noNaN: true }), (rows, temperature) => {
        const before = flat(rows);
        const after = applyTemperature(before, 5, temperature);
        rows.forEach((_, row) => {
          const [old, now] = [before, after].map((p) => p.subarray(row * 5, row * 5 + 5)) as [
            Float32Array,
            Float32Array,
          ];
          expect(now[old.indexOf(Math.max(...old))]).toBe(Math.max(...now));
        });
      }),
    );
  });

  test('never loses likelihood on the rows it was learned from, but for the smoothing', () => {
    fc.assert(
      fc.property(distributions(3), (rows) => {
        const truth = rows.map((_, i) => i % 3);
        const probabilities = flat(rows);
        const temperature = fitTemperature(truth, probabilities, 3, { labelSmoothing: 0 });
        expect(temperature).toBeGreaterThanOrEqual(0.05);
        expect(temperature).toBeLessThanOrEqual(20);
        const after = applyTemperature(probabilities, 3, temperature);
        expect(logLoss(truth, after, 3)).toBeLessThanOrEqual(logLoss(truth, probabilities, 3) + 1e-5);
      }),
    );
  });

  test('all right does not ask for certainty, and nothing to tell by asks for nothing', () => {
    const modest = Array.from({ length: 10 }, () => [0.6, 0.4]).flat();
    const surer = applyTemperature(
      Float32Array.from(modest),
      2,
      fitTemperature(Array(10).fill(0), modest, 2),
    );
    expect(surer[0]).toBeGreaterThan(0.8);
    expect(surer[0]).toBeLessThan(0.97); // (10 + 1) / (10 + 2), and half of the smoothing back
    expect(fitTemperature([0, 1, 1], [0.5, 0.5, 0.5, 0.5, 0.5, 0.5], 2)).toBe(1);
    expect(fitTemperature([], [], 2)).toBe(1);
  });

  test('bears probabilities of zero', () => {
    const probabilities = Float32Array.from([1, 0, 1, 0, 0, 1]);
    expect(fitTemperature([0, 1, 1], probabilities, 2)).toBeGreaterThan(1);
    expect(applyTemperature(probabilities, 2, 20).every((p) => p >= 0 && p <= 1)).toBe(true);
  });
});

test('parts hold each row once, and each class in equal shares', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { minLength: 5, maxLength: 80 }), (truth) => {
      const parts = dealtParts(truth, 5);
      expect(parts.flat().sort((a, b) => a - b)).toEqual(truth.map((_, row) => row));
      for (const id of truth) {
        const counts = parts.map((rows) => rows.filter((row) => truth[row] === id).length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('what is applied to a row was learned without it', () => {
  const seen: number[] = [];
  crossFit(
    dealtParts([0, 1, 0, 1, 0, 1, 1], 3),
    (rows) => rows,
    (learned, held) => {
      for (const row of held) expect(learned).not.toContain(row);
      expect(learned.length + held.length).toBe(7);
      seen.push(...held);
    },
  );
  expect(seen).toHaveLength(7);
});
