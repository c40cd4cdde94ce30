import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createRandom, type Random } from '../random.ts';
import type { Interval } from './binomial.ts';
import { bootstrapIntervals } from './bootstrap.ts';
import { comparePaired, verdictOf } from './comparison.ts';
import { evaluateProbabilities, METRIC_NAMES } from './registry.ts';

type Macro = 'precision_macro' | 'recall_macro' | 'f1_macro';

const golden: {
  difference: { before: number[]; after: number[]; low: number; high: number };
  paired: { rows: number; only_first: number; only_second: number; low: number; high: number }[];
  macro: {
    truth: number[];
    first: number[];
    second: number[];
    of_first: Record<Macro, Interval>;
    difference: Record<Macro, Interval>;
  };
} = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/intervals.json', import.meta.url), 'utf8'),
);

/** Answers with a confidence: right ones where `isRight` says so. */
function scores(truth: readonly number[], isRight: readonly boolean[], classes = 2): number[] {
  return truth.flatMap((id, row) => {
    const answer = isRight[row] ? id : (id + 1) % classes;
    return Array.from({ length: classes }, (_, other) => (other === answer ? 0.8 : 0.2 / (classes - 1)));
  });
}

test('the interval of a difference of accuracies is about that of scipy’s paired bootstrap, and no narrower', () => {
  const { before, after, low, high } = golden.difference;
  const truth = before.map((_, row) => row % 2);
  const { metrics } = comparePaired(
    truth,
    scores(truth, before.map(Boolean)),
    scores(truth, after.map(Boolean)),
    2,
  );
  const { interval, difference } = metrics.accuracy;
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(difference).toBeCloseTo(mean(after) - mean(before), 12);
  const ratio = (interval.high - interval.low) / (high - low);
  expect(ratio).toBeGreaterThan(0.97);
  expect(ratio).toBeLessThan(1.12);
});

/** How far two intervals' ends are apart, as a share of the second's width. */
function apart(found: Interval, reference: Interval): number {
  const ends = [found.low - reference.low, found.high - reference.high].map(Math.abs);
  return Math.max(...ends) / (reference.high - reference.low);
}

test.each(golden.paired)(
  'where $only_first and $only_second of $rows rows part two models, their accuracies differ by about Bonett’s and Price’s interval',
  ({ rows, only_first, only_second, ...reference }) => {
    const truth = Array.from({ length: rows }, (_, row) => row % 2);
    const parted = only_first + only_second;
    const both = truth.map((_, row) => row >= parted && row % 10 < 7);
    const first = scores(
      truth,
      both.map((one, row) => one || row < only_first),
    );
    const second = scores(
      truth,
      both.map((one, row) => one || (row >= only_first && row < parted)),
    );
    const { interval } = comparePaired(truth, first, second, 2).metrics.accuracy;
    expect(apart(interval, reference)).toBeLessThan(0.06);
  },
);

test('a class’s recall differs as the accuracy on its rows alone does: what one row changes is a row’s share of the class', () => {
  const random = createRandom(3, 'recall');
  const { truth, first, second } = twoModels(600, [0.7, 0.72], random);
  const own = truth.flatMap((id, row) => (id === 1 ? [row] : []));
  const rowsOf = (all: readonly number[]) => own.flatMap((row) => all.slice(3 * row, 3 * row + 3));
  const { recall } = comparePaired(truth, first, second, 3).classes[1]!;
  const alone = comparePaired(
    own.map(() => 1),
    rowsOf(first),
    rowsOf(second),
    3,
  ).metrics.accuracy;
  expect(recall.difference).toBeCloseTo(alone.difference, 12);
  expect(apart(recall.interval, alone.interval)).toBeLessThan(0.03);
});

describe('macro averages of classes that are confused with one another, on many rows', () => {
  const { truth, first, second } = golden.macro;
  const scoresOf = (answered: readonly number[]) =>
    answered.flatMap((id) => [0, 1, 2].map((other) => (other === id ? 0.8 : 0.1)));
  const names = ['precision_macro', 'recall_macro', 'f1_macro'] as const;

  test.each(names)('%s has about the interval of scipy’s bootstrap', (name) => {
    const { [name]: found } = bootstrapIntervals(truth, scoresOf(first), 3).metrics;
    expect(apart(found, golden.macro.of_first[name])).toBeLessThan(0.06);
  });

  test.each(names)('and so has the difference of %s', (name) => {
    const { interval } = comparePaired(truth, scoresOf(first), scoresOf(second), 3).metrics[name];
    expect(apart(interval, golden.macro.difference[name])).toBeLessThan(0.1);
  });
});

/** Truth, and two models that are right with some probabilities, and mostly on the same rows. */
function twoModels(rows: number, [p, q]: [number, number], random: Random) {
  const truth = Array.from({ length: rows }, () => random.integer(3));
  const ease = truth.map(() => random.uniform());
  const model = (share: number) =>
    scores(
      truth,
      ease.map((one) => one + 0.1 * (random.uniform() - 0.5) < share),
      3,
    );
  return { truth, first: model(p), second: model(q) };
}

describe('two models on the same rows', () => {
  const { truth, first, second } = twoModels(300, [0.6, 0.7], createRandom(1, 'once'));
  const there = comparePaired(truth, first, second, 3);

  test('are measured as each alone would be, and lie between the limits of their difference', () => {
    const [a, b] = [first, second].map((one) => evaluateProbabilities(truth, one, 3));
    for (const name of METRIC_NAMES) {
      const { first: one, second: other, difference, interval } = there.metrics[name];
      expect([one, other]).toEqual([a?.metrics[name], b?.metrics[name]]);
      expect(difference).toBeCloseTo(other - one, 12);
      expect(interval.low, name).toBeLessThanOrEqual(difference);
      expect(interval.high, name).toBeGreaterThanOrEqual(difference);
    }
  });

  test('the other way round differ by the opposite', () => {
    const back = comparePaired(truth, second, first, 3);
    for (const name of METRIC_NAMES.filter((one) => one !== 'log_loss')) {
      expect(back.metrics[name].interval.low, name).toBeCloseTo(-there.metrics[name].interval.high, 2);
      expect(back.metrics[name].interval.high, name).toBeCloseTo(-there.metrics[name].interval.low, 2);
    }
    expect(back.mcnemar.p).toBe(there.mcnemar.p);
  });

  test('that share their mistakes are told apart where their own intervals overlap', () => {
    const { difference, interval } = there.metrics.accuracy;
    expect(interval.low).toBeGreaterThan(0);
    expect(interval.high - interval.low).toBeLessThan(0.11); // ± 0.055 each, were they not on the same rows
    expect(verdictOf('accuracy', there.metrics.accuracy)).toBe('better');
    expect(difference).toBeGreaterThan(0.05);
  });

  test('that answer the same differ by nothing, and for all that is known a little', () => {
    const { metrics, mcnemar } = comparePaired(truth, first, first, 3);
    expect(mcnemar).toEqual({ onlyFirst: 0, onlySecond: 0, p: 1 });
    for (const name of METRIC_NAMES) {
      expect(metrics[name].difference).toBe(0);
      expect(verdictOf(name, metrics[name])).toBe('undecided');
    }
    expect(metrics.f1_weighted.interval.high).toBeGreaterThan(0);
    expect(metrics.f1_weighted.interval.high).toBeLessThan(0.02);
  });

  test('of 95 % intervals, 19 in 20 hold the true difference', () => {
    const random = createRandom(5, 'many');
    const found = Array.from({ length: 150 }, (_, seed) => {
      const { truth, first, second } = twoModels(200, [0.7, 0.72], random);
      return comparePaired(truth, first, second, 3, { samples: 100, seed }).metrics;
    });
    for (const name of ['accuracy', 'f1_macro'] as const) {
      const held = found.filter(({ [name]: { interval } }) => interval.low < 0.02 && interval.high > 0.02);
      expect(held.length / found.length, name).toBeGreaterThan(0.9);
    }
  });
});

test('a loss is worse where even its better end is a loss, beyond the tolerance; of log loss, more is worse', () => {
  const difference = (low: number, high: number) => ({
    ...{ first: 0, second: 0, difference: 0 },
    interval: { low, high },
  });
  expect(verdictOf('f1_weighted', difference(-0.03, -0.01))).toBe('worse');
  expect(verdictOf('f1_weighted', difference(-0.03, -0.01), 0.02)).toBe('undecided');
  expect(verdictOf('f1_weighted', difference(-0.03, 0.01))).toBe('undecided');
  expect(verdictOf('f1_weighted', difference(0.01, 0.03))).toBe('better');
  expect(verdictOf('log_loss', difference(0.01, 0.03))).toBe('worse');
  expect(verdictOf('log_loss', difference(-0.03, -0.01))).toBe('better');
});
