import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collate, epochBatches, sequentialBatches } from './batches.ts';
import { groupSplit, stratifiedSplit } from './split.ts';

const golden: { splits: { counts: number[]; validation: number[] }[] } = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/metrics.json', import.meta.url), 'utf8'),
);
const namesOf = (counts: readonly number[]) => counts.map((_, id) => `class ${id}`);
const labelsOf = (counts: readonly number[]) => counts.flatMap((n, id) => new Array<number>(n).fill(id));
const countsIn = (rows: readonly number[], labelIds: readonly number[], classes: number) =>
  Array.from({ length: classes }, (_, id) => rows.filter((row) => labelIds[row] === id).length);

describe('stratified split', () => {
  test.each(golden.splits)(
    'of $counts gives each class what scikit-learn gives it',
    ({ counts, validation }) => {
      const labelIds = labelsOf(counts);
      const split = stratifiedSplit(labelIds, { labels: namesOf(counts), validationFraction: 0.2, seed: 1 });
      // no remainders tie in these: ties are drawn at random, there and here
      expect(countsIn(split.validation, labelIds, counts.length)).toEqual(validation);
    },
  );

  test('ties of the rounding are drawn, one way or another by the seed', () => {
    const labelIds = labelsOf([12, 12, 12]);
    const shares = Array.from({ length: 20 }, (_, seed) => {
      const options = { labels: ['a', 'b', 'c'], validationFraction: 0.2, seed };
      return countsIn(stratifiedSplit(labelIds, options).validation, labelIds, 3).join();
    });
    expect(new Set(shares)).toEqual(new Set(['3,3,2', '3,2,3', '2,3,3']));
  });

  test('is a partition, repeats by seed, and keeps a row of each class to train on', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(counts, fc.integer(), (sizes, seed) => {
        fc.pre(sizes.some((n) => n >= 4));
        const labelIds = labelsOf(sizes);
        const options = { labels: namesOf(sizes), validationFraction: 0.2, seed };
        const split = stratifiedSplit(labelIds, options);
        expect([...split.train, ...split.validation].sort((a, b) => a - b)).toEqual(
          labelIds.map((_, i) => i),
        );
        expect(stratifiedSplit(labelIds, options)).toEqual(split);
        expect(Math.min(...countsIn(split.train, labelIds, sizes.length))).toBeGreaterThan(0);
        const rows = sizes.reduce((sum, n) => sum + (n > 1 ? n : 0), 0);
        countsIn(split.validation, labelIds, sizes.length).forEach((n, id) => {
          const share = sizes[id]! > 1 ? (sizes[id]! * Math.ceil(rows * 0.2)) / rows : 0;
          expect(Math.abs(n - share)).toBeLessThanOrEqual(1);
        });
      }),
    );
  });

  test('draws the rows of a class by the seed, from all of them', () => {
    const held = (seed: number) =>
      stratifiedSplit(labelsOf([50, 50]), { labels: ['a', 'b'], validationFraction: 0.2, seed }).validation;
    expect(held(1)).not.toEqual(held(2));
    const ever = new Set(Array.from({ length: 60 }, (_, seed) => held(seed)).flat());
    expect(ever.size).toBe(100);
  });

  test('leaves each class a row to train on, however much is held out', () => {
    const options = { labels: ['a', 'b'], validationFraction: 0.9, seed: 1 };
    const { train } = stratifiedSplit(labelsOf([20, 2]), options);
    expect(countsIn(train, labelsOf([20, 2]), 2)).toEqual([2, 1]);
  });

  test('a class too small to give a row is trained on, with a warning that names it', () => {
    const options = { labels: ['обувь', 'ёлки'], validationFraction: 0.2, seed: 1 };
    const { train, warnings } = stratifiedSplit(labelsOf([40, 2]), options);
    expect(train).toEqual(expect.arrayContaining([40, 41]));
    expect(warnings).toEqual([expect.stringContaining('too few rows of "ёлки"')]);
  });

  test('a class with one row is trained on, with a warning that names it', () => {
    const { validation, warnings } = stratifiedSplit([0, 0, 0, 0, 0, 1], {
      labels: ['обувь', 'ёлки'],
      validationFraction: 0.2,
      seed: 1,
    });
    expect(validation).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining('only one row of "ёлки"')]);
  });

  test('too few rows are refused', () => {
    const options = { labels: ['a', 'b'], validationFraction: 0.2, seed: 1 };
    expect(() => stratifiedSplit([0, 1], options)).toThrow(
      expect.objectContaining({ code: 'data.too-small' }),
    );
  });
});

describe('split by groups', () => {
  const groups = Array.from({ length: 200 }, (_, i) => `product ${i % 40}`);
  const labelIds = groups.map((group) => Number(group.split(' ')[1]) % 3);
  const options = { labels: ['a', 'b', 'c'], validationFraction: 0.2, seed: 3 };

  test('no group straddles, and the classes keep about their shares', () => {
    const { train, validation } = groupSplit(groups, labelIds, options);
    const held = new Set(validation.map((row) => groups[row]));
    expect(train.filter((row) => held.has(groups[row]))).toEqual([]);
    expect(train.length + validation.length).toBe(200);
    const counts = countsIn(validation, labelIds, 3);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...counts)).toBeLessThanOrEqual(20);
  });

  test('of any groups and classes is a partition by groups that leaves each class something to train on', () => {
    const row = fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 2 }));
    fc.assert(
      fc.property(fc.array(row, { minLength: 4, maxLength: 60 }), fc.nat(), (rows, seed) => {
        const names = rows.map(([group]) => `product ${group}`);
        const ids = rows.map(([, id]) => id);
        const split = (() => {
          try {
            return groupSplit(names, ids, { ...options, seed });
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/too-small|too-few-groups/) });
            return undefined;
          }
        })();
        if (split === undefined) return;
        expect([...split.train, ...split.validation].sort((a, b) => a - b)).toEqual(rows.map((_, i) => i));
        expect(split.validation.length).toBeGreaterThan(0);
        const held = new Set(split.validation.map((i) => names[i]));
        expect(split.train.some((i) => held.has(names[i]!))).toBe(false);
        expect(new Set(split.train.map((i) => ids[i]))).toEqual(new Set(ids));
      }),
    );
  });

  test('of groups that are all larger than the share holds out the nearest', () => {
    const names = [...new Array<string>(60).fill('большой'), ...new Array<string>(40).fill('малый')];
    const { validation } = groupSplit(
      names,
      names.map((_, i) => i % 3),
      options,
    );
    expect(new Set(validation.map((i) => names[i]))).toEqual(new Set(['малый']));
    expect(validation).toHaveLength(40);
  });

  test('a class that one group holds whole is trained on, with a warning', () => {
    const names = [...groups, 'единственный', 'единственный'];
    const split = groupSplit(names, [...labelIds, 3, 3], { ...options, labels: ['a', 'b', 'c', 'd'] });
    expect(split.train).toEqual(expect.arrayContaining([200, 201]));
    expect(split.warnings).toEqual([expect.stringContaining('"d"')]);
  });

  test('groups that are the classes are refused', () => {
    expect(() => groupSplit(['x', 'x', 'y', 'y'], [0, 0, 1, 1], options)).toThrow(
      expect.objectContaining({ code: 'data.too-few-groups' }),
    );
  });

  test('one group for all rows is refused', () => {
    expect(() => groupSplit(['a', 'a'], [0, 1], options)).toThrow(/one group/);
  });
});

describe('batches', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 128 }), { minLength: 1, maxLength: 300 });
  const flat = (batches: number[][]) => batches.flat().sort((a, b) => a - b);

  test('hold every example once, the same for the same seed and epoch, others for another', () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 40 }), fc.nat(), (sizes, batchSize, seed) => {
        const all = sizes.map((_, i) => i);
        expect(flat(epochBatches(sizes, { batchSize, seed, epoch: 0 }))).toEqual(all);
        expect(flat(sequentialBatches(sizes, { batchSize }))).toEqual(all);
        expect(epochBatches(sizes, { batchSize, seed, epoch: 2 })).toEqual(
          epochBatches(sizes, { batchSize, seed, epoch: 2 }),
        );
      }),
    );
    const sizes = Array.from({ length: 100 }, (_, i) => i + 1);
    const batches = (seed: number, epoch: number) => epochBatches(sizes, { batchSize: 10, seed, epoch });
    expect(batches(1, 0)).not.toEqual(batches(1, 1));
    expect(batches(1, 0)).not.toEqual(batches(2, 0));
  });

  test('put texts of one length together', () => {
    const sizes = Array.from({ length: 800 }, (_, i) => 1 + ((i * 37) % 128));
    const padded = (batches: number[][]) =>
      batches.reduce((sum, batch) => sum + batch.length * Math.max(...batch.map((i) => sizes[i]!)), 0);
    const tokens = sizes.reduce((sum, n) => sum + n, 0);
    expect(padded(epochBatches(sizes, { batchSize: 16, seed: 1, epoch: 0 })) / tokens).toBeLessThan(1.05);
  });

  test('leave the length out of account where that is asked for', () => {
    const sizes = Array.from({ length: 100 }, (_, i) => i + 1);
    const options = { batchSize: 8, seed: 1, epoch: 0, groupByLength: false };
    const batches = epochBatches(sizes, options);
    expect(flat(batches)).toEqual(sizes.map((_, i) => i));
    expect(batches.map((batch) => batch.length)).toEqual([...new Array(12).fill(8), 4]);
    expect(epochBatches(sizes.toReversed(), options)).toEqual(batches);
  });

  test('are padded to their longest, rounded up, but not past what the model has', () => {
    const batch = collate([[2, 7, 3], [2, 3], [9]], [1, 0], { padTokenId: 5, longest: 512 });
    expect(batch).toMatchObject({ batch: 2, time: 8 });
    expect([...batch.inputIds]).toEqual([2n, 3n, 5n, 5n, 5n, 5n, 5n, 5n, 2n, 7n, 3n, 5n, 5n, 5n, 5n, 5n]);
    expect([...batch.attentionMask]).toEqual([
      1n,
      1n,
      0n,
      0n,
      0n,
      0n,
      0n,
      0n,
      1n,
      1n,
      1n,
      0n,
      0n,
      0n,
      0n,
      0n,
    ]);
    expect(collate([[2, 7, 3]], [0], { padTokenId: 0, longest: 4 }).time).toBe(4);
  });
});
