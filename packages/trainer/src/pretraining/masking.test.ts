/** What is masked, as laws. */
import { createRandom } from '@otzyv/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TokenRole } from '../tokenizer/load.ts';
import { wordsOf } from '../tokenizer/words.ts';
import { type MaskingRules, maskedSet, maskWords } from './masking.ts';

/** Ids below 5 are special, others begin a word where they are even, and go on with one where they are odd. */
const roleOf = (id: number): TokenRole =>
  id < 5 ? 'special' : id % 2 === 0 ? 'begins-word' : 'continues-word';
const [CLS, SEP, UNKNOWN, MASK] = [2, 3, 1, 4] as const;
const VOCABULARY = 60;
const replacements = Array.from({ length: VOCABULARY - 5 }, (_, i) => i + 5);
const rules = (probability = 0.15): MaskingRules => ({
  ...{ maskTokenId: MASK, roleOf, replacements, probability },
});

/** A text with a word in it. */
const texts = fc
  .array(fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 5, max: 59 }) }, fc.constant(UNKNOWN)), {
    minLength: 1,
    maxLength: 40,
  })
  .map((ids) => [CLS, 6, ...ids, SEP]);
const probabilities = fc.double({ min: 0.01, max: 0.99, noNaN: true });

describe('whole words', () => {
  test('are told by their pieces; what is special ends a word', () => {
    expect(wordsOf([CLS, 6, 7, 9, 8, UNKNOWN, 11, 10, SEP], roleOf)).toEqual([[1, 2, 3], [4], [6], [7]]);
  });

  test('are asked for with all their pieces or not at all, as many as the share says, and at least one', () => {
    fc.assert(
      fc.property(texts, probabilities, fc.integer(), (ids, probability, seed) => {
        const { positions } = maskWords(ids, rules(probability), createRandom(seed));
        const words = wordsOf(ids, roleOf);
        const chosen = words.filter((word) => word.some((place) => positions.includes(place)));
        expect(positions).toEqual(chosen.flat());
        expect(chosen).toHaveLength(Math.max(1, Math.round(words.length * probability)));
      }),
    );
  });

  test('leave the rest of the text as it is, and what stood there is the label', () => {
    fc.assert(
      fc.property(texts, probabilities, fc.integer(), (ids, probability, seed) => {
        const masked = maskWords(ids, rules(probability), createRandom(seed));
        expect(masked.labels).toEqual(masked.positions.map((place) => ids[place]));
        expect(masked.labels.every((id) => roleOf(id) !== 'special')).toBe(true);
        expect(masked.ids).toHaveLength(ids.length);
        masked.ids.forEach((id, place) => {
          if (!masked.positions.includes(place)) expect(id).toBe(ids[place]);
          else expect(id === MASK || replacements.includes(id)).toBe(true);
        });
      }),
    );
  });

  test('are all chosen equally often, however long they are', () => {
    const ids = [CLS, 6, 8, 9, 11, 13, 15, 10, 12, SEP]; // the second of four words has five pieces
    const counts = new Map<number, number>();
    for (let seed = 0; seed < 4000; seed++) {
      const first = maskWords(ids, rules(0.25), createRandom(seed)).positions[0] as number;
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([1, 2, 7, 8]);
    for (const count of counts.values()) expect(count / 4000).toBeCloseTo(0.25, 1);
  });
});

test('of what is asked for 80 % are masks, 10 % another token, and 10 % as they were', () => {
  const ids = [CLS, ...Array.from({ length: 20_000 }, () => 6), SEP];
  const { ids: masked, positions } = maskWords(ids, rules(0.5), createRandom(1));
  const share = (is: (id: number) => boolean) =>
    positions.filter((place) => is(masked[place] as number)).length / positions.length;
  expect(positions).toHaveLength(10_000);
  expect(share((id) => id === MASK)).toBeCloseTo(0.8, 1.5);
  expect(share((id) => id === 6)).toBeCloseTo(0.1, 1.5);
  expect(share((id) => id !== 6 && id !== MASK)).toBeCloseTo(0.1, 1.5);
});

describe('a set of texts', () => {
  const tokenIds = [
    [CLS, 6, 7, 8, SEP],
    [CLS, 10, 12, 14, 15, 17, 16, 18, 20, SEP],
    [CLS, 22, SEP],
  ];
  const set = (seed = 42) => maskedSet(tokenIds, rules(0.4), { seed, padTokenId: 0, longest: 16 });

  test('asks for places that are counted through the rows of the batch, padding included', () => {
    const { time, inputIds, positions = new BigInt64Array(), labels, ...batch } = set().batch([2, 1], 0);
    expect({ time, rows: batch.batch }).toEqual({ time: 16, rows: 2 });
    expect(positions.length).toBe(labels.length);
    positions.forEach((place, i) => {
      const [row, at] = [Math.floor(Number(place) / time), Number(place) % time];
      expect(BigInt(tokenIds[[2, 1][row] as number]?.[at] as number)).toBe(labels[i]);
    });
    expect([...inputIds.subarray(3, 16)]).toEqual(Array(13).fill(0n));
  });

  test('is masked anew in each epoch, and the same whenever one is made again, in whatever batch', () => {
    const once = set();
    const [first, second] = [once.batch([1], 0), once.batch([1], 1)];
    expect(first).not.toEqual(second);
    expect(set().batch([1], 1)).toEqual(second);
    const [row, time] = [set().batch([0, 1], 1), second.time];
    expect(row.inputIds.subarray(time, 2 * time)).toEqual(second.inputIds);
    expect(set(43).batch([1], 0)).not.toEqual(first);
    expect(set().batch([1], 'held-out')).toEqual(once.batch([1], 'held-out'));
  });
});
