import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { minConfidenceFor, rejectionCurve } from './rejection.ts';

describe('a curve', () => {
  const rows = fc.array(
    fc.record({
      truth: fc.nat(2),
      answer: fc.nat(2),
      confidence: fc.integer({ min: 34, max: 100 }).map((n) => n / 100),
    }),
    { minLength: 1, maxLength: 120 },
  );

  test('counts what is answered from each confidence on, and a higher one never answers more', () => {
    fc.assert(
      fc.property(rows, (sample) => {
        const curve = rejectionCurve(
          sample.map(({ truth }) => truth),
          sample.map(({ answer }) => answer),
          sample.map(({ confidence }) => confidence),
        );
        expect(curve.at(-1)?.coverage).toBe(1);
        curve.forEach(({ minConfidence, coverage, precision, precisionLow }, i) => {
          const answered = sample.filter(({ confidence }) => confidence >= minConfidence);
          const right = answered.filter(({ truth, answer }) => truth === answer);
          expect(coverage).toBeCloseTo(answered.length / sample.length, 12);
          expect(precision).toBeCloseTo(right.length / answered.length, 12);
          expect(precisionLow).toBeLessThanOrEqual(precision);
          const before = curve[i - 1];
          if (before === undefined) return;
          expect(before.minConfidence).toBeGreaterThan(minConfidence);
          expect(before.coverage).toBeLessThan(coverage);
        });
      }),
    );
  });

  test('of no rows is empty', () => {
    expect(rejectionCurve([], [], [])).toEqual([]);
  });
});

/** Answers that are right as often as they are sure: the true precision from a confidence c on is (1 + c) / 2. */
function sampled(rows: number, seed: number) {
  const random = createRandom(seed, 'sampled');
  const confidences = Array.from({ length: rows }, () => random.uniform());
  const truth = confidences.map((confidence) => (random.uniform() < confidence ? 1 : 0));
  return rejectionCurve(truth, new Array<number>(rows).fill(1), confidences);
}

describe('a target precision', () => {
  test.each([0.7, 0.8])('of %f is reached on new rows, too, 19 times in 20', (target) => {
    let [reached, chosen] = [0, 0];
    for (let seed = 0; seed < 300; seed++) {
      try {
        const { minConfidence } = minConfidenceFor(target, sampled(400, seed));
        chosen++;
        if ((1 + minConfidence) / 2 >= target) reached++;
      } catch {}
    }
    expect(chosen).toBeGreaterThan(270);
    expect(reached / chosen).toBeGreaterThan(0.95);
  });

  test('answers more where more rows were measured, and no more than it may', () => {
    const { minConfidence } = minConfidenceFor(0.8, sampled(20_000, 1));
    expect(minConfidence).toBeGreaterThan(0.6);
    expect(minConfidence).toBeLessThan(0.68);
  });

  test('that is out of reach is refused with the best there is', () => {
    expect(() => minConfidenceFor(0.99, sampled(50, 3))).toThrow(
      expect.objectContaining({
        code: 'options.target-precision',
        message: expect.stringMatching(/the best is 0\.\d{3} at least .* answering \d+ % of the texts/),
      }),
    );
    expect(() => minConfidenceFor(0.5, [])).toThrow(
      expect.objectContaining({ code: 'options.target-precision' }),
    );
  });
});
