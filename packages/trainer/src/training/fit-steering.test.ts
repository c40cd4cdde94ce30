/** The training loop under way and steered, around an engine that remembers what it was shown. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Engine } from '../engine/engine.ts';
import { FRESH_STATE, type TrainerState } from './checkpoint.ts';
import type { RunEvent } from './events.ts';
import { fit } from './fit.ts';
import { resolveRunOptions } from './options.ts';
import { labelledSet } from './training-set.ts';

/** Five batches an epoch. */
const TOKENS = Array.from({ length: 10 }, (_, i) => Array<number>(1 + i).fill(100 + i));
const EPOCHS = 3;
const MINUTE = 60_000;

interface Asked {
  /** steps after which a checkpoint is asked for */
  readonly checkpoints?: readonly number[];
  /** minutes it is paused after a step */
  readonly pauses?: Readonly<Record<number, number>>;
  /** during which step it is asked to stop after its epoch */
  readonly stopIn?: number;
  readonly maxMinutes?: number;
  readonly start?: TrainerState;
}

/** Each step takes a minute. */
async function run({ checkpoints = [], pauses = {}, stopIn, maxMinutes, start = FRESH_STATE }: Asked) {
  const batches: string[] = [];
  const saved: TrainerState[] = [];
  const told: RunEvent[] = [];
  let step = start.global_step;
  let [workedMs, pausedMs] = [0, 0];
  const unused = () => {
    throw new Error('not a part of the loop');
  };
  const engine: Engine = {
    trainStep: async (update, learningRate) => {
      batches.push(JSON.stringify([update.map(({ inputIds }) => [...inputIds].map(Number)), learningRate]));
      step++;
      workedMs += MINUTE;
      return { loss: 1 / step, gradientNorm: 1 };
    },
    logits: unused,
    state: unused,
    restore: unused,
    dispose: unused,
  };
  const outcome = await fit({
    engine,
    train: labelledSet(
      { tokenIds: TOKENS, labelIds: TOKENS.map((_, i) => i % 3) },
      { padTokenId: 0, longest: 8 },
    ),
    options: resolveRunOptions({
      ...{ model: 'some/bert', trainFile: 'train.csv', output: 'run', batchSize: 2, epochs: EPOCHS },
      maxMinutes,
    }),
    start,
    evaluate: async () => ({ f1_weighted: 1 / (1 + step) }),
    keepBest: async () => undefined,
    saveCheckpoint: async (state) => void saved.push({ ...state, log_history: [...state.log_history] }),
    listen: (event) => told.push(event),
    steering: {
      betweenSteps: async (after, save) => {
        expect(after).toBe(step);
        pausedMs += (pauses[after] ?? 0) * MINUTE;
        if (checkpoints.includes(after)) await save();
      },
      isStopAsked: () => stopIn !== undefined && step >= stopIn,
    },
    now: () => workedMs, // as a steering's clock, which stands still in a pause
  });
  return { outcome, batches, saved, told, pausedMs };
}

test('pauses and checkpoints change nothing of what is learned, and each checkpoint leads to the same end', async () => {
  const unbroken = await run({});
  const steps = fc.uniqueArray(fc.nat(5 * EPOCHS));
  await fc.assert(
    fc.asyncProperty(steps, fc.dictionary(fc.nat(14).map(String), fc.nat(9)), async (checkpoints, pauses) => {
      const steered = await run({ checkpoints, pauses });
      expect(steered.batches).toEqual(unbroken.batches);
      expect(steered.outcome).toEqual(unbroken.outcome);
      for (const start of steered.saved) {
        const rest = await run({ start });
        expect([...steered.batches.slice(0, start.global_step), ...rest.batches]).toEqual(unbroken.batches);
        expect(rest.outcome).toEqual(unbroken.outcome);
      }
    }),
    { numRuns: 20 },
  );
});

test('a checkpoint that is asked for is saved there and then; after an evaluation it is saved again, with it', async () => {
  const { saved } = await run({ checkpoints: [0, 2, 5] });
  expect(saved.map(({ global_step }) => global_step)).toEqual([0, 2, 5, 5, 10, 15]);
});

test('what was just saved is not saved again', async () => {
  const { saved } = await run({ stopIn: 1 });
  const [start] = saved as [TrainerState];
  const resumed = await run({ start, checkpoints: [5] });
  expect(resumed.saved.map(({ global_step }) => global_step)).toEqual([10, 15]);
});

test('a pause counts for no budget', async () => {
  const { outcome, pausedMs } = await run({ pauses: { 2: 500, 7: 500 }, maxMinutes: 12.5 });
  expect(pausedMs).toBe(1000 * MINUTE);
  expect(outcome).toMatchObject({ status: 'out-of-time', state: { global_step: 13 } });
});

describe('a stop after the epoch', () => {
  test.each([
    [1, 5],
    [4, 5],
    [5, 5],
    [6, 10],
    [0, 5],
  ])(
    'asked for in step %i ends it evaluated after step %i, and it can be gone on with',
    async (stopIn, end) => {
      const unbroken = await run({});
      const stopped = await run({ stopIn });
      expect(stopped.outcome).toMatchObject({ status: 'stopped', state: { global_step: end } });
      const last = stopped.told.at(-1);
      expect(last).toMatchObject({ type: 'eval', step: end });
      expect(stopped.saved.at(-1)?.global_step).toBe(end);
      const rest = await run({ start: stopped.saved.at(-1) as TrainerState });
      expect([...stopped.batches, ...rest.batches]).toEqual(unbroken.batches);
      expect(rest.outcome).toEqual(unbroken.outcome);
    },
  );

  test('in the last epoch is no other end than its own', async () => {
    const { outcome } = await run({ stopIn: 12 });
    expect(outcome.status).toBe('completed');
  });
});

test('a step tells the tokens of its texts, without padding, as far as the model reads them', async () => {
  const { told } = await run({});
  const tokens = told.flatMap((event) => (event.type === 'step' ? [event.tokens ?? 0] : []));
  const ofAll = TOKENS.reduce((sum, ids) => sum + Math.min(8, ids.length), 0);
  expect(tokens.slice(0, 5).reduce((sum, n) => sum + n, 0)).toBe(ofAll);
});
