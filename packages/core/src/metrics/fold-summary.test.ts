import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { summarizeFolds } from './fold-summary.ts';
import { studentTQuantile } from './student-t.ts';

const golden: { student_t: { freedom: number; p: number; quantile: number }[] } = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/folds.json', import.meta.url), 'utf8'),
);

test("Student's quantiles are scipy's", () => {
  for (const { freedom, p, quantile } of golden.student_t) {
    expect(Math.abs(studentTQuantile(p, freedom) - quantile), `t(${freedom}), ${p}`).toBeLessThan(
      1e-7 * (1 + quantile),
    );
  }
});

test('folds that agree leave no doubt; folds that do not, the more the fewer they are', () => {
  const five = { testShare: 1 / 4 };
  const sure = summarizeFolds([0.7, 0.7, 0.7, 0.7, 0.7], five);
  expect(sure.interval.high - sure.interval.low).toBeCloseTo(0, 12);
  const few = summarizeFolds([0.6, 0.8], { testShare: 1 });
  const many = summarizeFolds([0.6, 0.8, 0.6, 0.8, 0.6, 0.8], { testShare: 1 / 5 });
  expect(few.mean).toBeCloseTo(0.7, 12);
  expect(few.deviation).toBeCloseTo(Math.SQRT2 / 10, 12);
  expect(many.interval.high).toBeLessThan(few.interval.high);
  // by hand: 0.7 + 2.5706 · √((1/6 + 1/5) · 0.012)
  expect(many.interval.high).toBeCloseTo(0.7 + 2.5706 * Math.sqrt((1 / 6 + 1 / 5) * 0.012), 4);
});

test('the interval covers, where folds overlap as folds do', () => {
  // scores of folds: one part shared by all, as their training rows are, and one of their own
  const { normal } = createRandom(7);
  const draws = 4000;
  let held = 0;
  for (let i = 0; i < draws; i++) {
    const shared = Math.sqrt(0.2) * normal(); // Nadeau and Bengio's correlation: the share that is tested
    const { interval } = summarizeFolds(
      Array.from({ length: 5 }, () => shared + Math.sqrt(0.8) * normal()),
      { testShare: 1 / 4 },
    );
    if (interval.low < 0 && interval.high > 0) held++;
  }
  expect(held / draws).toBeGreaterThan(0.94);
  expect(held / draws).toBeLessThan(0.96);
});
