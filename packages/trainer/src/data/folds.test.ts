import { readFileSync } from 'node:fs';
import { createLabelEncoder } from '@otzyv/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stratifiedGroupKFold, stratifiedKFold } from './folds.ts';

interface Case<Group = number> {
  readonly folds: number;
  readonly labels: number[];
  readonly groups: Group[];
  readonly fold_of_row: string;
}
const golden: { plain: Case[]; grouped: Case[]; named: Case<string> } = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/folds.json', import.meta.url), 'utf8'),
);

test('classes are dealt out as by StratifiedKFold, rare ones too', () => {
  expect(golden.plain.length).toBeGreaterThan(30);
  for (const { folds, labels, fold_of_row } of golden.plain) {
    expect(stratifiedKFold(labels, folds).join('')).toBe(fold_of_row);
  }
});

test('groups are dealt out as by StratifiedGroupKFold', () => {
  expect(golden.grouped.length).toBeGreaterThan(100);
  for (const { folds, labels, groups, fold_of_row } of golden.grouped) {
    expect(stratifiedGroupKFold(labels, groups, folds).join('')).toBe(fold_of_row);
  }
});

test('groups with names come in the order that numpy sorts them in', () => {
  const { folds, labels, groups, fold_of_row } = golden.named;
  const encoder = createLabelEncoder(groups);
  const ids = groups.map((name) => encoder.encode(name));
  expect(stratifiedGroupKFold(labels, ids, folds).join('')).toBe(fold_of_row);
});

const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 9 })), {
  minLength: 12,
  maxLength: 80,
});
const folds = fc.integer({ min: 2, max: 6 });
const dense = (ids: readonly number[]) => {
  const present = [...new Set(ids)].sort((a, b) => a - b);
  return ids.map((id) => present.indexOf(id));
};

test('of any classes, each fold has its share of each to within one row, and all folds are of one size', () => {
  fc.assert(
    fc.property(rows, folds, (drawn, k) => {
      const labels = dense(drawn.map(([label]) => label));
      const sizes = [...new Set(labels)].map((id) => labels.filter((label) => label === id).length);
      fc.pre(Math.max(...sizes) >= k);
      const foldOf = stratifiedKFold(labels, k);
      expect(foldOf.every((fold) => Number.isInteger(fold) && fold >= 0 && fold < k)).toBe(true);
      for (const of of [undefined, ...new Set(labels)]) {
        const counts = Array.from(
          { length: k },
          (_, fold) =>
            foldOf.filter((one, row) => one === fold && (of === undefined || labels[row] === of)).length,
        );
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('of any groups, none straddles, and every row has a fold', () => {
  fc.assert(
    fc.property(rows, folds, (drawn, k) => {
      const labels = dense(drawn.map(([label]) => label));
      const groups = drawn.map(([, group]) => group);
      const sizes = [...new Set(labels)].map((id) => labels.filter((label) => label === id).length);
      fc.pre(Math.max(...sizes) >= k && new Set(groups).size >= k);
      const foldOf = stratifiedGroupKFold(labels, groups, k);
      expect(foldOf.every((fold) => Number.isInteger(fold) && fold >= 0 && fold < k)).toBe(true);
      const foldsOf = new Map<number, Set<number>>();
      foldOf.forEach((fold, row) => {
        foldsOf.set(groups[row]!, (foldsOf.get(groups[row]!) ?? new Set()).add(fold));
      });
      expect([...foldsOf.values()].every((one) => one.size === 1)).toBe(true);
    }),
  );
});

test('more folds than any class has rows, or than there are groups, are refused', () => {
  expect(() => stratifiedKFold([0, 0, 1, 1], 3)).toThrow(expect.objectContaining({ code: 'data.too-small' }));
  expect(() => stratifiedGroupKFold([0, 0, 1, 1], [1, 2, 3, 4], 3)).toThrow(/no class has 3 rows/);
  expect(() => stratifiedGroupKFold([0, 0, 0, 1], [1, 1, 2, 2], 3)).toThrow(
    expect.objectContaining({ code: 'data.too-few-groups' }),
  );
});
