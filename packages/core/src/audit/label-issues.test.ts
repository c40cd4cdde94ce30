import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { confidentJoint, roundedToSum } from './confident-joint.ts';
import { ISSUE_FILTERS, type IssueFilter, labelIssues } from './label-issues.ts';
import { labelQuality, type QualityScore } from './label-quality.ts';

interface Case {
  name: string;
  classes: number;
  labels: number[];
  probabilities: number[][];
  thresholds: number[];
  counts: number[][];
  calibrated: number[][];
  offDiagonal: number;
  issues: Record<IssueFilter, number[]>;
  quality: Record<QualityScore, number[]>;
}

const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/label-issues.json', import.meta.url), 'utf8'),
);
const indices = (mask: readonly boolean[]) => mask.flatMap((isIssue, row) => (isIssue ? [row] : []));

describe('confident learning is that of cleanlab', () => {
  test.each(cases)('$name', (golden) => {
    const { classes, labels: labelIds, issues, quality } = golden;
    const data = { labelIds, probabilities: golden.probabilities.flat(), classes };
    const joint = confidentJoint(data);
    joint.thresholds.forEach((threshold, id) => {
      expect(threshold).toBeCloseTo(golden.thresholds[id] as number, 8);
    });
    expect(joint.counts).toEqual(golden.counts);
    expect(joint.calibrated).toEqual(golden.calibrated);
    for (const filter of ISSUE_FILTERS)
      expect(indices(labelIssues(data, joint, filter)), filter).toEqual(issues[filter]);
    expect(issues.confident_learning).toHaveLength(golden.offDiagonal);
    for (const score of Object.keys(quality) as QualityScore[]) {
      labelQuality(data, score).forEach((value, row) => {
        expect(value, score).toBeCloseTo(quality[score][row] as number, 8);
      });
    }
  });
});

test('a flipped label is found where the model is sure of the others, and nothing else is', () => {
  const labelIds = Array.from({ length: 40 }, (_, row) => (row === 7 ? 1 : 0)).concat(new Array(40).fill(1));
  const probabilities = labelIds.flatMap((_, row) => (row < 40 ? [0.9, 0.1] : [0.1, 0.9]));
  const data = { labelIds, probabilities, classes: 2 };
  for (const filter of ISSUE_FILTERS) {
    expect(indices(labelIssues(data, confidentJoint(data), filter)), filter).toEqual([7]);
  }
});

const reviews = fc.array(
  fc.tuple(
    fc.nat(3),
    fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
  ),
  { minLength: 1, maxLength: 60 },
);

test('no filter takes all rows of a class; the joint has as many rows as the labels', () => {
  fc.assert(
    fc.property(reviews, (sample) => {
      const labelIds = sample.map(([label]) => label);
      const probabilities = sample.flatMap(([, odds]) => {
        const sum = odds.reduce((all, value) => all + value, 0);
        return odds.map((value) => value / sum);
      });
      const data = { labelIds, probabilities, classes: 4 };
      const joint = confidentJoint(data);
      const given = (id: number) => labelIds.filter((label) => label === id).length;
      joint.calibrated.forEach((counts, id) => {
        expect(counts.reduce((all, n) => all + n, 0)).toBe(given(id));
      });
      for (const filter of ['prune_by_class', 'both'] as const) {
        const isIssue = labelIssues(data, joint, filter);
        for (const label of new Set(labelIds))
          expect(labelIds.some((id, row) => id === label && !isIssue[row])).toBe(true);
      }
    }),
  );
});

test('rounding keeps the sum and moves nothing by more than one', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 1, maxLength: 8 }), (parts) => {
      const whole = 100;
      const sum = parts.reduce((all, n) => all + n, 0) || 1;
      const values = parts.map((n) => (n / sum) * whole);
      const rounded = roundedToSum(values);
      const total = rounded.reduce((all, n) => all + n, 0);
      expect(total).toBe(Math.round(values.reduce((all, n) => all + n, 0)));
      rounded.forEach((n, i) => {
        expect(Math.abs(n - (values[i] as number))).toBeLessThan(1.5);
      });
    }),
  );
});
