import { expect, test } from 'vitest';
import type { Batch, Engine } from '../engine/engine.ts';
import type { TokenRole } from '../tokenizer/load.ts';
import { type MaskedSet, maskedSet } from './masking.ts';
import { measureMasked, perplexityByFrequency } from './measure.ts';

const VOCABULARY = 10;
const roleOf = (id: number): TokenRole => (id < 5 ? 'special' : 'begins-word');
const rules = { maskTokenId: 4, roleOf, replacements: [5, 6, 7, 8, 9], probability: 0.5 };
const tokenIds = [
  [2, 5, 6, 7, 8, 3],
  [2, 5, 5, 3],
  [2, 9, 5, 6, 3],
];
const set = maskedSet(tokenIds, rules, { seed: 1, padTokenId: 0, longest: 8 });

/** @param scoreOf a position's token in the vocabulary, counted through all positions that were asked for */
function engineThat(scoreOf: (position: number, token: number) => number): Engine {
  const unused = () => {
    throw new Error('not asked for');
  };
  let asked = 0;
  return {
    logits: async ({ positions = new BigInt64Array() }: Batch) => {
      const logits = new Float32Array(positions.length * VOCABULARY);
      for (let p = 0; p < positions.length; p++, asked++) {
        for (let token = 0; token < VOCABULARY; token++)
          logits[p * VOCABULARY + token] = scoreOf(asked, token);
      }
      return logits;
    },
    ...{ trainStep: unused, state: unused, restore: unused, dispose: unused },
  };
}

const labelsIn = (one: MaskedSet) => [...one.batch([0, 2, 1], 'held-out').labels].map(Number); // the longest first, as they are measured

test('one who knows nothing hesitates among all tokens', async () => {
  const metrics = await measureMasked(
    engineThat(() => 3),
    set,
    { batchSize: 2 },
  );
  expect(metrics.perplexity).toBeCloseTo(VOCABULARY, 6);
  expect(metrics.loss).toBeCloseTo(Math.log(VOCABULARY), 6);
});

test('each position counts the same, whatever batch it stands in', async () => {
  const labels = labelsIn(set);
  // sure of the truth at all positions but the first, where it is sure of another token
  const engine = () =>
    engineThat((position, token) => {
      const label = labels[position] as number;
      const answer = position === 0 ? (label + 1) % VOCABULARY : label;
      return token === answer ? 20 : 0;
    });
  const loss = (20 + Math.log(1 + 9 * Math.exp(-20)) * labels.length) / labels.length;
  for (const batchSize of [1, 2, 8]) {
    const metrics = await measureMasked(engine(), set, { batchSize });
    expect(metrics.accuracy).toBeCloseTo((labels.length - 1) / labels.length, 10);
    expect(metrics.loss).toBeCloseTo(loss, 6);
  }
});

test('one that is told to stop stops, with the reason', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error('enough');
  const engine = engineThat(() => {
    controller.abort(reason);
    return 0;
  });
  await expect(measureMasked(engine, set, { batchSize: 1, signal })).rejects.toBe(reason);
});

test('by frequency alone: each token once more than it stands in the texts trained on', () => {
  // 5: three of them, 6: one, all others none
  const counts: Readonly<Record<number, number>> = { 5: 4, 6: 2, 7: 1, 8: 1, 9: 1 };
  const labels = labelsIn(set);
  const loss = labels.reduce((sum, label) => sum - Math.log((counts[label] as number) / 9), 0);
  const perplexity = perplexityByFrequency(
    [
      [2, 5, 5, 3],
      [2, 5, 6, 3],
    ],
    set,
    {
      vocabularySize: VOCABULARY,
      roleOf,
    },
  );
  expect(perplexity).toBeCloseTo(Math.exp(loss / labels.length), 10);
});
