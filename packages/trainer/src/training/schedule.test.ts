import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveRunOptions } from './options.ts';
import { learningRateAt, warmupStepCount } from './schedule.ts';

const linear = { learningRate: 1, schedule: 'linear', warmupSteps: 0 } as const;
const rates = (steps: number, options: Parameters<typeof learningRateAt>[2]) =>
  Array.from({ length: steps }, (_, step) => learningRateAt(step, steps, options));

describe('the learning rate', () => {
  test('falls in a line to zero, as the notebook’s does', () => {
    expect(rates(4, linear)).toEqual([1, 0.75, 0.5, 0.25]);
  });

  test('rises first over the warm-up', () => {
    expect(rates(6, { ...linear, warmupSteps: 2 })).toEqual([0, 0.5, 1, 0.75, 0.5, 0.25]);
  });

  test('stays, or falls along a cosine', () => {
    expect(rates(3, { ...linear, schedule: 'constant' })).toEqual([1, 1, 1]);
    expect(rates(4, { ...linear, schedule: 'cosine' })[2]).toBeCloseTo(0.5, 12);
  });

  test('that stays warms up only under the name that says so, as in transformers', () => {
    const warm = { ...linear, warmupSteps: 2 };
    expect(rates(4, { ...warm, schedule: 'constant' })).toEqual([1, 1, 1, 1]);
    expect(rates(4, { ...warm, schedule: 'constant_with_warmup' })).toEqual([0, 0.5, 1, 1]);
  });

  test('is never negative and never above what was asked for', () => {
    const schedules = fc.constantFrom('linear', 'cosine', 'constant');
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.float({ min: 0, max: 50, noNaN: true }),
        schedules,
        (steps, warmupSteps, schedule) => {
          for (const rate of rates(steps, { learningRate: 1, schedule, warmupSteps })) {
            expect(rate).toBeGreaterThanOrEqual(0);
            expect(rate).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });

  test('a warm-up below 1 is a share of the run', () => {
    expect([warmupStepCount(0.06, 100), warmupStepCount(0, 100), warmupStepCount(10, 100)]).toEqual([
      6, 0, 10,
    ]);
  });

  test('a share that is no whole number of steps is rounded up', () => {
    expect([warmupStepCount(0.1, 15), warmupStepCount(0.06, 1)]).toEqual([2, 1]);
  });
});

describe('options', () => {
  const given = { trainFile: 'train.csv', output: 'runs/x' };

  test('are the notebook’s for a model that exists, gentler for one from scratch', () => {
    expect(resolveRunOptions({ ...given, model: 'cointegrated/rubert-tiny2' })).toMatchObject({
      epochs: 15,
      batchSize: 16,
      learningRate: 2e-5,
      weightDecay: 0.01,
      maxGradNorm: 1,
      maxLength: 128,
      seed: 42,
      warmupSteps: 0,
      classWeights: 'balanced',
      metric: 'f1_weighted',
      greaterIsBetter: true,
    });
    expect(resolveRunOptions({ ...given, model: 'micro' })).toMatchObject({
      epochs: 6,
      learningRate: 3e-4,
      classWeights: 'clamped',
    });
  });

  test('a metric says itself whether greater is better', () => {
    expect(resolveRunOptions({ ...given, model: 'micro', metric: 'eval_log_loss' })).toMatchObject({
      metric: 'log_loss',
      greaterIsBetter: false,
    });
  });

  test('what makes no sense is refused by name', () => {
    expect(() => resolveRunOptions({ ...given, model: 'micro', batchSize: 0 })).toThrow(/batchSize/);
  });
});
