import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { correctedInterval, meanAcceleration } from './bca.ts';
import { bootstrapIntervals } from './bootstrap.ts';
import { evaluateProbabilities, METRIC_NAMES, type MetricName } from './registry.ts';
import { measureOf, quantile, resampled } from './resampling.ts';

interface Ends {
  low: number;
  high: number;
}

const golden: {
  log_loss: Ends & { losses: number[] };
  corrected: (Ends & { values: number[]; drawn: number[]; confidence: number })[];
} = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/intervals.json', import.meta.url), 'utf8'),
);

test('the percentiles of a mean are those of scipy.stats.bootstrap, up to the luck of the draw', () => {
  const { losses, low, high } = golden.log_loss;
  const means = resampled(losses.length, 20_000, createRandom(1, 'test'), (drawn) =>
    drawn.reduce((sum, row) => sum + (losses[row] as number) / losses.length, 0),
  );
  means.sort((a, b) => a - b);
  const ours = { low: quantile(means, 0.025), high: quantile(means, 0.975) };
  const width = high - low;
  expect(Math.abs(ours.low - low)).toBeLessThan(0.03 * width);
  expect(Math.abs(ours.high - high)).toBeLessThan(0.03 * width);
});

test.each(golden.corrected)('percentiles corrected for bias and skewness are scipy’s BCa', (one) => {
  const mean = one.values.reduce((sum, value) => sum + value, 0) / one.values.length;
  const { low, high } = correctedInterval(one.drawn, mean, one.confidence, meanAcceleration(one.values));
  expect(low).toBeCloseTo(one.low, 6);
  expect(high).toBeCloseTo(one.high, 6);
});

test('quantiles are numpy’s', () => {
  expect([0, 0.25, 0.5, 0.75, 1].map((q) => quantile([1, 2, 4, 8], q))).toEqual([1, 1.75, 3, 5, 8]);
});

const rows = fc.array(
  fc.tuple(
    fc.nat(3),
    fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
  ),
  { minLength: 1, maxLength: 40 },
);

test('a drawing is measured as evaluateProbabilities measures the same rows', () => {
  fc.assert(
    fc.property(rows, fc.array(fc.nat(1000), { minLength: 1 }), (sample, picks) => {
      const drawn = picks.map((pick) => pick % sample.length);
      const truth = sample.map(([label]) => label);
      const scores = sample.map(([, p]) => p);
      const ours = measureOf(truth, scores.flat(), 4)(drawn).metrics;
      const theirs = evaluateProbabilities(
        drawn.map((row) => truth[row]!),
        drawn.flatMap((row) => scores[row]!),
        4,
      ).metrics;
      for (const name of METRIC_NAMES) expect(ours[name], name).toBeCloseTo(theirs[name], 10);
    }),
  );
});

test('every interval lies within its metric’s range and around what was measured; more confidence makes it wider', () => {
  fc.assert(
    fc.property(rows, (sample) => {
      const truth = sample.map(([label]) => label);
      const probabilities = sample.flatMap(([, p]) => p);
      const { metrics, report } = evaluateProbabilities(truth, probabilities, 4);
      const intervals = bootstrapIntervals(truth, probabilities, 4, { samples: 200 });
      const surer = bootstrapIntervals(truth, probabilities, 4, { samples: 200, confidence: 0.99 });
      for (const name of METRIC_NAMES) {
        const { low, high } = intervals.metrics[name];
        expect(low, name).toBeGreaterThanOrEqual(0);
        expect(low, name).toBeLessThanOrEqual(metrics[name] + 1e-12);
        expect(high, name).toBeGreaterThanOrEqual(metrics[name] - 1e-12);
        if (name !== 'log_loss') expect(high, name).toBeLessThanOrEqual(1);
        expect(surer.metrics[name].low, name).toBeLessThanOrEqual(low);
        expect(surer.metrics[name].high, name).toBeGreaterThanOrEqual(high);
      }
      intervals.classes.forEach((ofClass, id) => {
        for (const name of ['precision', 'recall', 'f1'] as const) {
          const scores = report.classes[id]!;
          const isKnown = name === 'recall' ? scores.support > 0 : scores[name] > 0;
          if (!isKnown) continue;
          expect(ofClass[name].low).toBeLessThanOrEqual(scores[name] + 1e-12);
          expect(ofClass[name].high).toBeGreaterThanOrEqual(scores[name] - 1e-12);
        }
      });
    }),
    { numRuns: 30 },
  );
});

test('fifty right answers of fifty do not prove a model that is never wrong', () => {
  const truth = Array.from({ length: 50 }, (_, row) => row % 2);
  const { metrics } = bootstrapIntervals(
    truth,
    truth.flatMap((id) => (id === 0 ? [0.9, 0.1] : [0.1, 0.9])),
    2,
  );
  for (const name of ['f1_weighted', 'f1_macro', 'accuracy'] as const) {
    expect(metrics[name].high, name).toBe(1);
    expect(metrics[name].low, name).toBeGreaterThan(0.85);
    expect(metrics[name].low, name).toBeLessThan(0.97);
  }
});

test('the same seed gives the same intervals; a class without rows is anywhere, and widens the macro average', () => {
  const { truth, probabilities } = drawnReviews(300, createRandom(3, 'once'));
  const once = bootstrapIntervals(truth, probabilities, SHARES.length, { seed: 1 });
  expect(bootstrapIntervals(truth, probabilities, SHARES.length, { seed: 1 })).toEqual(once);
  const wider = truth.flatMap((_, row) => [
    ...probabilities.slice(row * SHARES.length, (row + 1) * SHARES.length),
    0,
  ]);
  const { classes, metrics } = bootstrapIntervals(truth, wider, SHARES.length + 1, { seed: 1 });
  expect(classes.at(-1)).toEqual({
    precision: { low: 0, high: 1 },
    recall: { low: 0, high: 1 },
    f1: { low: 0, high: 1 },
  });
  expect(metrics.f1_macro.high - metrics.f1_macro.low).toBeGreaterThan(
    once.metrics.f1_macro.high - once.metrics.f1_macro.low,
  );
});

const SHARES = [0.5, 0.3, 0.15, 0.05];

/** A source of reviews: classes by their shares, a model that is right two times of three. */
function drawnReviews(size: number, random: ReturnType<typeof createRandom>) {
  const truth = Array.from({ length: size }, () => {
    let left = random.uniform();
    return Math.max(
      0,
      SHARES.findIndex((share) => {
        left -= share;
        return left < 0;
      }),
    );
  });
  const probabilities = truth.flatMap((label) => {
    const powers = SHARES.map((share, id) =>
      Math.exp(Math.log(share) / 2 + random.normal() + (id === label ? 1.5 : 0)),
    );
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => power / sum);
  });
  return { truth, probabilities };
}

describe('intervals of 95 % hold the truth (bench/interval-coverage.js in small)', () => {
  const source = drawnReviews(100_000, createRandom(7, 'source'));
  const { metrics, report } = evaluateProbabilities(source.truth, source.probabilities, SHARES.length);
  const simulations = 400;
  const found = Array.from({ length: simulations }, (_, seed) => {
    const { truth, probabilities } = drawnReviews(150, createRandom(seed, 'validation'));
    return bootstrapIntervals(truth, probabilities, SHARES.length, { samples: 300, seed });
  });
  const holding = (intervals: Ends[], value: number) =>
    intervals.filter(({ low, high }) => low <= value && value <= high).length / simulations;

  // of 400 simulations 93 to 97 % ± two deviations
  test.each(['f1_weighted', 'f1_macro', 'accuracy', 'log_loss'] satisfies MetricName[])('%s', (name) => {
    const share = holding(
      found.map((one) => one.metrics[name]),
      metrics[name],
    );
    expect(share).toBeGreaterThan(0.91);
    expect(share).toBeLessThan(0.99);
  });

  test('F1 of the largest class and of one of five in a hundred', () => {
    for (const id of [0, 3]) {
      const share = holding(
        found.map((one) => one.classes[id]!.f1),
        report.classes[id]!.f1,
      );
      expect(share).toBeGreaterThan(0.91);
    }
  });
});
