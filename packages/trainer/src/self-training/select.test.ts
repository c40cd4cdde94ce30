import fc from 'fast-check';
import { expect, test } from 'vitest';
import { selectConfident } from './select.ts';

const LABELS = ['обувь', 'одежда', 'посуда'];
const answer = fc
  .record({
    labelId: fc.nat(LABELS.length - 1),
    confidence: fc.double({ min: 0.01, max: 1, noNaN: true }),
    isUncertain: fc.boolean(),
  })
  .map((one) => ({ ...one, label: LABELS[one.labelId] as string }));
const answers = fc.array(fc.option(answer, { nil: undefined }), { maxLength: 60 });
const counts = fc.tuple(...LABELS.map(() => fc.integer({ min: 1, max: 500 })));
const weight = fc.double({ min: 0.01, max: 1, noNaN: true });

test('only sure answers join, each once, for what they are sure of, in the order of the texts', () => {
  fc.assert(
    fc.property(answers, counts, weight, (given, classCounts, pseudoWeight) => {
      const { chosen, confident } = selectConfident(given, { classCounts, pseudoWeight });
      expect(confident).toBe(given.filter((one) => one?.isUncertain === false).length);
      expect(chosen.map(({ index }) => index)).toEqual(
        [...new Set(chosen.map(({ index }) => index))].sort((a, b) => a - b),
      );
      for (const { index, labelId, weight } of chosen) {
        expect(given[index]).toMatchObject({ labelId, isUncertain: false });
        expect(weight).toBe((given[index]?.confidence as number) * pseudoWeight);
        expect(weight).toBeGreaterThan(0);
        expect(weight).toBeLessThanOrEqual(pseudoWeight);
      }
    }),
  );
});

test('no class gets more than its share of the rows, of each the surest join, and nothing else is left out', () => {
  fc.assert(
    fc.property(answers, counts, (given, classCounts) => {
      const { chosen, confident } = selectConfident(given, { classCounts, pseudoWeight: 0.5 });
      const joined = new Set(chosen.map(({ index }) => index));
      const rows = classCounts.reduce((sum, count) => sum + count, 0);
      classCounts.forEach((count, id) => {
        const most = Math.ceil((confident * count) / rows);
        const sure = given.flatMap((one, index) =>
          one?.labelId === id && !one.isUncertain ? [{ index, confidence: one.confidence }] : [],
        );
        const inside = sure.filter(({ index }) => joined.has(index));
        const outside = sure.filter(({ index }) => !joined.has(index));
        expect(inside).toHaveLength(Math.min(most, sure.length));
        const least = Math.min(...inside.map(({ confidence }) => confidence));
        for (const { confidence } of outside) expect(confidence).toBeLessThanOrEqual(least);
      });
    }),
  );
});
