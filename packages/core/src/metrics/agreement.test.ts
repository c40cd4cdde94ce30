import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreement } from './agreement.ts';

const golden = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/agreement.json', import.meta.url), 'utf8'),
) as { cases: { name: string; votes: number[][]; classes: number; kappa: number; pairwise: number }[] };

describe('agreement', () => {
  it.each(golden.cases)(
    '$name: as statsmodels and scikit-learn have it',
    ({ votes, classes, kappa, pairwise }) => {
      const found = agreement(votes, classes);
      expect(found?.texts).toBe(votes.length);
      expect(found?.fleissKappa).toBeCloseTo(kappa, 8);
      expect(found?.pairwise).toBeCloseTo(pairwise, 8);
    },
  );

  it('beyond chance is not to be told where all votes name one class', () => {
    expect(
      agreement(
        [
          [1, 1],
          [1, 1],
        ],
        3,
      ),
    ).toEqual({ texts: 2, pairwise: 1, fleissKappa: undefined });
  });

  it('is full where the votes on each text are the same, and never more', () => {
    const votes = fc.array(fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }), { minLength: 2 });
    fc.assert(
      fc.property(votes, (rows) => {
        const found = agreement(rows, 4);
        expect(found?.fleissKappa ?? 1).toBeLessThanOrEqual(1 + 1e-12);
        const unanimous = agreement(
          rows.map(([first]) => [first as number, first as number]),
          4,
        );
        expect(unanimous?.pairwise).toBe(1);
        expect(unanimous?.fleissKappa ?? 1).toBeCloseTo(1);
      }),
    );
  });

  it('needs equally many votes of each text', () => {
    expect(() => agreement([[1, 1], [1]], 2)).toThrow(RangeError);
    expect(agreement([], 2)).toBeUndefined();
  });
});
