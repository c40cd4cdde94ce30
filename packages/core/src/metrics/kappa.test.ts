/** Cohen's kappa: scikit-learn's number, and an interval that holds the truth as often as it says. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { cohenKappa } from './kappa.ts';

const { cases } = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/kappa.json', import.meta.url), 'utf8'),
) as { cases: { name: string; matrix: number[][]; kappa: number }[] };

const anyMatrix = fc.integer({ min: 1, max: 6 }).chain((classes) =>
  fc.array(fc.array(fc.nat(40), { minLength: classes, maxLength: classes }), {
    minLength: classes,
    maxLength: classes,
  }),
);

test.each(cases)('$name: kappa is scikit-learn’s', ({ matrix, kappa }) => {
  expect(cohenKappa(matrix).kappa).toBeCloseTo(kappa, 8);
});

test('where chance alone would have them always agree, there is no kappa', () => {
  const none = { kappa: undefined, interval: undefined };
  expect(cohenKappa([[0]])).toEqual({ rows: 0, agreed: 0, ...none });
  expect(cohenKappa([[7]])).toEqual({ rows: 7, agreed: 7, ...none });
});

describe('the interval', () => {
  test('holds kappa, and has a width also where they never disagreed', () => {
    fc.assert(
      fc.property(anyMatrix, (matrix) => {
        const { kappa, interval } = cohenKappa(matrix);
        if (kappa === undefined) return;
        expect(interval!.low).toBeGreaterThanOrEqual(-1);
        expect(interval!.low).toBeLessThanOrEqual(kappa + 1e-12);
        expect(interval!.high).toBeGreaterThanOrEqual(kappa - 1e-12);
        expect(interval!.high).toBeLessThanOrEqual(1 + 1e-12);
        expect(interval!.high - interval!.low).toBeGreaterThan(0);
      }),
    );
  });

  test('does not depend on who is called the first', () => {
    fc.assert(
      fc.property(anyMatrix, (matrix) => {
        const turned = matrix.map((_, id) => matrix.map((row) => row[id]!));
        const [one, other] = [cohenKappa(matrix), cohenKappa(turned)];
        expect(one.agreed).toBe(other.agreed);
        expect(one.kappa ?? 2).toBeCloseTo(other.kappa ?? 2, 12);
      }),
    );
  });

  test.each([
    { rows: 50, sameShare: 0.8 },
    { rows: 200, sameShare: 0.9 },
    { rows: 200, sameShare: 0.5 },
  ])('holds the truth 95 times of 100: $rows texts, $sameShare looked at alike', ({ rows, sameShare }) => {
    const shares = [0.4, 0.3, 0.2, 0.1];
    const random = createRandom(5, 'kappa');
    const draw = () => {
      const at = random.uniform();
      return Math.max(
        0,
        shares.findIndex((_, id) => at < shares.slice(0, id + 1).reduce((a, b) => a + b, 0)),
      );
    };
    // both see the same, or each deals blindly: the kappa of all texts there are is the share of the former
    let held = 0;
    const draws = 2000;
    for (let i = 0; i < draws; i++) {
      const matrix = shares.map(() => shares.map(() => 0));
      for (let row = 0; row < rows; row++) {
        const one = draw();
        const other = random.uniform() < sameShare ? one : draw();
        matrix[one]![other]!++;
      }
      const { interval } = cohenKappa(matrix);
      if (interval!.low <= sameShare && sameShare <= interval!.high) held++;
    }
    expect(held / draws).toBeGreaterThan(0.93);
    expect(held / draws).toBeLessThan(0.985);
  });
});
