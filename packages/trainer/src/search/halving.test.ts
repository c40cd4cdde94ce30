import { createRandom, shuffled } from '@otzyv/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type HalvingPlan,
  nextMove,
  plannedEpochs,
  type RungResult,
  rankedByValue,
  rungsOf,
} from './halving.ts';

describe('rungs', () => {
  test.each([
    [
      20,
      15,
      3,
      [
        [2, 20],
        [5, 7],
        [15, 3],
      ],
    ],
    [
      20,
      4,
      3,
      [
        [1, 20],
        [4, 7],
      ],
    ],
    [
      6,
      4,
      2,
      [
        [1, 6],
        [2, 3],
        [4, 2],
      ],
    ],
    [
      27,
      9,
      3,
      [
        [1, 27],
        [3, 9],
        [9, 3],
      ],
    ],
    [
      4,
      15,
      3,
      [
        [5, 4],
        [15, 2],
      ],
    ],
    [1, 15, 3, [[15, 1]]],
    [20, 0.5, 3, [[0.5, 20]]],
  ])('of %i trials with %d epochs, one in %i going on', (trials, epochs, factor, expected) => {
    expect(
      rungsOf({ trials, epochs, factor, minEpochs: 1 }).map((rung) => [rung.epochs, rung.places]),
    ).toEqual(expected);
  });

  test('begin with no fewer epochs than are asked for', () => {
    const rungs = (minEpochs: number) =>
      rungsOf({ trials: 27, epochs: 9, factor: 3, minEpochs }).map(({ epochs }) => epochs);
    expect([rungs(1), rungs(2), rungs(3), rungs(4), rungs(9)]).toEqual([[1, 3, 9], [3, 9], [3, 9], [9], [9]]);
  });

  test('rise to all epochs, for ever fewer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0.1, max: 200, noNaN: true }),
        fc.double({ min: 2, max: 6, noNaN: true }),
        (trials, epochs, factor) => {
          const rungs = rungsOf({ trials, epochs, factor, minEpochs: 1 });
          expect(rungs[0]?.places).toBe(trials);
          expect(rungs.at(-1)?.epochs).toBe(epochs);
          for (const [index, rung] of rungs.slice(1).entries()) {
            expect(rung.epochs).toBeGreaterThan(rungs[index]?.epochs as number);
            expect(rung.places).toBeLessThan(rungs[index]?.places as number);
          }
        },
      ),
    );
  });
});

interface Search {
  readonly plan: HalvingPlan;
  readonly results: readonly RungResult[];
}

/** Any search, with a value (or none: lost) for each run, and rungs whose time ends after some runs. */
const searches: fc.Arbitrary<Search> = fc
  .record({
    trials: fc.integer({ min: 1, max: 30 }),
    epochs: fc.integer({ min: 1, max: 30 }),
    factor: fc.integer({ min: 2, max: 5 }),
    greaterIsBetter: fc.boolean(),
    values: fc.array(fc.option(fc.integer({ min: 0, max: 20 }), { freq: 8, nil: undefined }), {
      minLength: 200,
      maxLength: 200,
    }),
    ends: fc.option(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 6, maxLength: 6 }), {
      nil: undefined,
    }),
  })
  .map(({ trials, epochs, factor, greaterIsBetter, values, ends }) => {
    const plan = {
      trials,
      rungs: rungsOf({ trials, epochs, factor, minEpochs: 1 }),
      factor,
      greaterIsBetter,
    };
    const results: RungResult[] = [];
    const runs = (rung: number) => results.filter((one) => one.epochs === plan.rungs[rung]?.epochs).length;
    for (;;) {
      const move = nextMove(
        plan,
        results,
        (rung) => runs(rung) >= (ends?.[rung] ?? Number.POSITIVE_INFINITY),
      );
      if (move === undefined) return { plan, results };
      results.push({
        trial: move.trial,
        epochs: plan.rungs[move.rung]?.epochs as number,
        value: values[results.length],
      });
    }
  });

const inRung = ({ plan, results }: Search, rung: number) =>
  results.filter(({ epochs }) => epochs === plan.rungs[rung]?.epochs);

describe('a search', () => {
  test('never costs more than was planned, and trains nothing twice', () => {
    fc.assert(
      fc.property(searches, (search) => {
        const { plan, results } = search;
        const spent = results.reduce((sum, { epochs }) => sum + epochs, 0);
        expect(spent).toBeLessThanOrEqual(plannedEpochs(plan.rungs));
        const keys = results.map(({ trial, epochs }) => `${trial} ${epochs}`);
        expect(new Set(keys).size).toBe(keys.length);
        for (const [rung, { places }] of plan.rungs.entries()) {
          const others = inRung(search, rung).filter(({ trial }) => trial !== 1);
          expect(others.length).toBeLessThanOrEqual(places);
        }
      }),
    );
  });

  test('brings the defaults to the last rung, unless they are lost', () => {
    fc.assert(
      fc.property(searches, ({ plan, results }) => {
        const ofDefaults = results.filter(({ trial }) => trial === 1);
        const isLost = ofDefaults.some(({ value }) => value === undefined);
        expect(isLost || ofDefaults.at(-1)?.epochs === plan.rungs.at(-1)?.epochs).toBe(true);
      }),
    );
  });

  test('lets go on those that are best, and none that is lost', () => {
    fc.assert(
      fc.property(searches, (search) => {
        const { plan } = search;
        const sign = plan.greaterIsBetter ? 1 : -1;
        for (let rung = 1; rung < plan.rungs.length; rung++) {
          const climbed = new Set(inRung(search, rung).map(({ trial }) => trial));
          const before = inRung(search, rung - 1);
          const values = (goesOn: boolean) =>
            before.flatMap(({ trial, value }) =>
              climbed.has(trial) === goesOn && trial !== 1 && value !== undefined ? [value * sign] : [],
            );
          // also a rung whose time ended took the best first
          expect(Math.min(...values(true))).toBeGreaterThanOrEqual(Math.max(...values(false)));
          for (const { trial, value } of before)
            if (value === undefined) expect(climbed.has(trial)).toBe(false);
        }
      }),
    );
  });

  test('goes on by what is done, in whatever order it is known', () => {
    fc.assert(
      fc.property(searches, fc.nat(), fc.integer(), ({ plan, results }, cut, seed) => {
        const known = results.slice(0, cut % (results.length + 1));
        expect(nextMove(plan, shuffled(known, createRandom(seed)))).toEqual(nextMove(plan, known));
      }),
    );
  });
});

test('ranks by value in the metric’s direction; equal ones by fewer epochs, then by trial', () => {
  const results = [
    { trial: 1, epochs: 4, value: 0.5 },
    { trial: 2, epochs: 1, value: 0.5 },
    { trial: 3, epochs: 1, value: 0.9 },
    { trial: 4, epochs: 1 },
  ];
  expect(rankedByValue(results, true).map(({ trial }) => trial)).toEqual([3, 2, 1]);
  expect(rankedByValue(results, false).map(({ trial }) => trial)).toEqual([2, 1, 3]);
});
