import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { answers } from './scores.ts';
import { fitClassThresholds, thresholdedAnswers, weightedF1 } from './thresholds.ts';

const rows = fc.array(
  fc.record({
    truth: fc.nat(2),
    scores: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 40 },
);

test('factors of one change no answer', () => {
  fc.assert(
    fc.property(rows, (sample) => {
      const probabilities = sample.flatMap(({ scores }) => scores);
      expect(thresholdedAnswers(probabilities, [1, 1, 1])).toEqual(answers(probabilities, 3));
    }),
  );
});

test('no single factor would do better on the rows they were learned from', () => {
  fc.assert(
    fc.property(rows, fc.nat(2), fc.double({ min: 0.11, max: 9, noNaN: true }), (sample, id, other) => {
      const truth = sample.map(({ truth }) => truth);
      const probabilities = sample.flatMap(({ scores }) => scores);
      const f1 = (factors: number[]) => weightedF1(truth, thresholdedAnswers(probabilities, factors), 3);
      const found = fitClassThresholds(truth, probabilities, 3);
      expect(f1(found)).toBeGreaterThanOrEqual(f1([1, 1, 1]));
      expect(f1(found) + 1e-6).toBeGreaterThanOrEqual(f1(found.with(id, other)));
    }),
  );
});

test('a class whose probability is too low by a factor gets it back', () => {
  const random = createRandom(2, 'thresholds');
  const truth = Array.from({ length: 2000 }, () => random.integer(2));
  // log-odds ±1 and noise, and class 1 held down by 1.5
  const probabilities = truth.flatMap((id) => {
    const odds = Math.exp((id === 1 ? 1 : -1) + random.normal() - 1.5);
    return [1 / (1 + odds), odds / (1 + odds)];
  });
  const [first, second] = fitClassThresholds(truth, probabilities, 2) as [number, number];
  expect(Math.abs(Math.log(second / first) - 1.5)).toBeLessThan(0.3);
});

test('bears probabilities of zero, and classes that do not occur', () => {
  expect(fitClassThresholds([0, 1, 1], [1, 0, 0, 0, 1, 0, 1, 0, 0], 3)).toHaveLength(3);
  expect(fitClassThresholds([], [], 2)).toEqual([1, 1]);
});
