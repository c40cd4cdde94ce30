import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mcnemar, mcnemarP } from './mcnemar.ts';

const golden: { mcnemar: { better: number; worse: number; p: number }[] } = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/intervals.json', import.meta.url), 'utf8'),
);

test.each(golden.mcnemar)(
  'McNemar of $better against $worse rows is statsmodels’ exact one, less half of what was observed',
  ({ better, worse, p }) => {
    expect(mcnemarP(better, worse)).toBeCloseTo(p, 9);
  },
);

test('McNemar counts the rows that one model alone answers rightly', () => {
  const { onlyFirst, onlySecond } = mcnemar([0, 1, 2, 0, 1], [0, 1, 0, 1, 0], [0, 0, 2, 0, 2]);
  expect([onlyFirst, onlySecond]).toEqual([1, 2]);
});
