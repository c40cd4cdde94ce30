/** The training loop, around an engine that learns nothing and remembers what it was shown. */
import { describe, expect, test } from 'vitest';
import type { Engine, LabelledBatch, StepResult } from '../engine/engine.ts';
import { FRESH_STATE, type TrainerState } from './checkpoint.ts';
import { fit } from './fit.ts';
import { type RunOptions, resolveRunOptions } from './options.ts';
import { labelledSet } from './training-set.ts';

/** Ten texts of one token each, which tells them apart: five batches of two. */
const TOKENS = Array.from({ length: 10 }, (_, i) => 100 + i);
const train = { tokenIds: TOKENS.map((id) => [id]), labelIds: TOKENS.map((id) => id % 3) };
const FINE: StepResult = { loss: 1, gradientNorm: 1 };

interface Script {
  readonly options?: Partial<RunOptions>;
  readonly start?: TrainerState;
  /** what the evaluations measure; the last goes on */
  readonly scores?: readonly number[];
  /** what the first steps come to; all others are fine */
  readonly results?: readonly StepResult[];
  readonly interruptAfter?: number | 'evaluation';
}

/** Each step takes a minute. */
async function run({
  options = {},
  start = FRESH_STATE,
  scores = [0.5],
  results = [],
  interruptAfter,
}: Script) {
  const seen = {
    batches: [] as LabelledBatch[][],
    rates: [] as number[],
    evaluated: [] as number[],
    best: [] as number[],
    saved: [] as TrainerState[],
  };
  const controller = new AbortController();
  const unused = () => {
    throw new Error('not a part of the loop');
  };
  const engine: Engine = {
    trainStep: async (batches, learningRate) => {
      seen.batches.push([...batches]);
      seen.rates.push(learningRate);
      if (seen.batches.length === interruptAfter) controller.abort();
      return results[seen.batches.length - 1] ?? FINE;
    },
    logits: unused,
    state: unused,
    restore: unused,
    dispose: unused,
  };
  const common = { model: 'some/bert', trainFile: 'train.csv', output: 'run', batchSize: 2, epochs: 2 };
  const outcome = await fit({
    engine,
    train: labelledSet(train, { padTokenId: 0, longest: 8 }),
    options: resolveRunOptions({ ...common, learningRate: 1, ...options }),
    start,
    evaluate: async () => {
      controller.signal.throwIfAborted();
      return { f1_weighted: scores[seen.evaluated.length] ?? (scores.at(-1) as number) };
    },
    keepBest: async ({ global_step }) => void seen.best.push(global_step),
    saveCheckpoint: async (state) => void seen.saved.push(state),
    listen: (event) => {
      if (event.type !== 'eval') return;
      seen.evaluated.push(event.step);
      if (interruptAfter === 'evaluation') controller.abort();
    },
    signal: controller.signal,
    now: () => seen.batches.length * 60_000,
  });
  return { outcome, ...seen, updates: seen.batches.map((batches) => batches.map(tokensOf)) };
}

function tokensOf({ batch, time, inputIds }: LabelledBatch): number[] {
  return Array.from({ length: batch }, (_, row) => Number(inputIds[row * time]));
}

describe('an epoch', () => {
  test('shows each example once, in another order than the one before', async () => {
    const { updates } = await run({});
    const [first, second] = [updates.slice(0, 5), updates.slice(5)];
    expect(first.flat(2).sort()).toEqual(TOKENS);
    expect(second.flat(2).sort()).toEqual(TOKENS);
    expect(second).not.toEqual(first);
  });

  test('gives each text its own label', async () => {
    const { batches } = await run({});
    for (const batch of batches.flat()) {
      expect([...batch.labels].map(Number)).toEqual(tokensOf(batch).map((id) => id % 3));
    }
  });

  test('makes an update of as many batches as gradients are accumulated over, the last of what is left', async () => {
    const { updates, rates } = await run({ options: { gradientAccumulationSteps: 2, epochs: 1 } });
    expect(updates.map((batches) => batches.map((batch) => batch.length))).toEqual([[2, 2], [2, 2], [2]]);
    expect(updates.flat(2).sort()).toEqual(TOKENS);
    expect(rates).toEqual([1, 2 / 3, 1 / 3].map((rate) => expect.closeTo(rate, 12)));
  });

  test('may be a part of one: it is measured where it breaks off', async () => {
    const { updates, evaluated, outcome } = await run({ options: { epochs: 1.5 } });
    expect(updates).toHaveLength(8);
    expect(evaluated).toEqual([5, 8]);
    expect(outcome).toMatchObject({ status: 'completed', state: { epoch: 1.6, max_steps: 8 } });
  });
});

describe('the best', () => {
  test.each([
    ['the highest, where greater is better', true, [0.5, 0.7, 0.6, 0.8], [5, 10, 20]],
    ['the lowest, where less is', false, [0.5, 0.7, 0.4, 0.6], [5, 15]],
    ['the earliest of equals', true, [0.5, 0.5], [5]],
    ['never NaN', true, [Number.NaN, 0.5, Number.NaN, 0.6], [10, 20]],
    ['none, where nothing is measured', true, [Number.NaN], []],
  ])('is %s', async (_, greaterIsBetter, scores, expected) => {
    const { best, outcome } = await run({ options: { epochs: scores.length, greaterIsBetter }, scores });
    expect(best).toEqual(expected);
    expect(outcome.state).toMatchObject({
      best_global_step: expected.at(-1) ?? null,
      best_metric: expected.length > 0 ? scores[(expected.at(-1) as number) / 5 - 1] : null,
    });
  });

  test('resets the patience, which ends the run when it is out', async () => {
    const scores = [0.5, 0.4, 0.6, 0.5, 0.5, 0.9];
    const { evaluated, best, outcome } = await run({
      options: { epochs: 6, earlyStoppingPatience: 2 },
      scores,
    });
    expect(outcome.status).toBe('early-stopped');
    expect(evaluated).toEqual([5, 10, 15, 20, 25]);
    expect(best).toEqual([5, 15]);
  });
});

describe('a run that is interrupted', () => {
  test.each([2, 5, 7, 10, 'evaluation'] as const)(
    'after %s goes on as if it had not been',
    async (interruptAfter) => {
      const unbroken = await run({});
      const broken = await run({ interruptAfter });
      expect(broken.outcome.status).toBe('interrupted');
      const rest = await run({ start: broken.saved.at(-1) as TrainerState });
      expect([...broken.updates, ...rest.updates]).toEqual(unbroken.updates);
      expect([...broken.rates, ...rest.rates]).toEqual(unbroken.rates);
      expect([...broken.evaluated, ...rest.evaluated]).toEqual(unbroken.evaluated);
      expect(rest.outcome).toEqual(unbroken.outcome);
    },
  );

  test('saves where it stands, unless that was just saved', async () => {
    const saved = async (interruptAfter: number | 'evaluation') =>
      (await run({ interruptAfter })).saved.map((state) => state.global_step);
    expect(await saved(3)).toEqual([3]);
    expect(await saved('evaluation')).toEqual([5]);
  });
});

describe('a run that saves every three steps', () => {
  const options = { saveSteps: 3 };

  test('saves when an epoch is over, too, and not twice', async () => {
    const { saved } = await run({ options });
    expect(saved.map((state) => state.global_step)).toEqual([3, 5, 6, 9, 10]);
  });

  test('does not save again what it has just saved when it is interrupted', async () => {
    const { saved } = await run({ options, interruptAfter: 3 });
    expect(saved.map((state) => state.global_step)).toEqual([3]);
  });

  test.each([0, 1, 2, 3])('goes on from save %i as it would have gone on', async (which) => {
    const scores = [0.5, 0.4];
    const unbroken = await run({ options: { ...options, earlyStoppingPatience: 1, epochs: 3 }, scores });
    // the log grows in place: a checkpoint is what it was when it was written
    const state = unbroken.saved[which] as TrainerState;
    const log_history = state.log_history.filter(({ step }) => (step as number) <= state.global_step);
    const rest = await run({
      options: { ...options, earlyStoppingPatience: 1, epochs: 3 },
      scores: scores.slice(log_history.filter((entry) => 'eval_f1_weighted' in entry).length),
      start: { ...state, log_history },
    });
    expect(rest.updates).toEqual(unbroken.updates.slice(state.global_step));
    expect(rest.outcome).toEqual(unbroken.outcome);
    expect(rest.outcome.status).toBe('early-stopped');
  });
});

test.each([
  ['within an epoch: it is measured there', 6.5, [5, 7]],
  ['as an epoch ends: it is not measured twice', 4.5, [5]],
])('a run whose minutes are spent stops %s', async (_, maxMinutes, expected) => {
  const { evaluated, saved, outcome } = await run({ options: { epochs: 9, maxMinutes } });
  expect(outcome.status).toBe('out-of-time');
  expect(evaluated).toEqual(expected);
  expect(saved.map((state) => state.global_step)).toEqual(expected);
});

test.each([
  ['loss', { ...FINE, loss: Number.NaN }, 'the loss became NaN at step 2'],
  [
    'gradient norm',
    { ...FINE, gradientNorm: Number.POSITIVE_INFINITY },
    'the gradient norm became Infinity at step 2',
  ],
])('a %s that is not finite ends the run', async (_, result, message) => {
  await expect(run({ results: [FINE, result] })).rejects.toMatchObject({ code: 'run.diverged', message });
});
