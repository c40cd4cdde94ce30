import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignFolds, type FoldPlan } from './assign-folds.ts';
import { stratifiedGroupKFold, stratifiedKFold } from './folds.ts';

const PLAN: FoldPlan = { folds: 3, repeat: 1, shuffle: true, bindDuplicates: true, seed: 1 };
const LABELS = ['обувь', 'одежда'];
const COPY = 'Куртка тёплая, но рукава короткие и молния заедает, ношу вторую зиму';
const rowsOf = (n: number) => ({
  labels: LABELS,
  labelIds: Array.from({ length: n }, (_, i) => (i % 5 === 0 ? 1 : 0)),
  texts: Array.from({ length: n }, (_, i) => `${i}`),
});

test("in the file's order the folds are scikit-learn's; shuffled, each repeat and seed deals anew", () => {
  const rows = rowsOf(60);
  const ordered = assignFolds(rows, { ...PLAN, shuffle: false });
  expect(ordered.foldOf).toEqual(stratifiedKFold(rows.labelIds, 3).map((fold) => fold + 1));
  const dealt = [PLAN, { ...PLAN, repeat: 2 }, { ...PLAN, seed: 2 }].map(
    (plan) => assignFolds(rows, plan).foldOf,
  );
  expect(new Set([ordered.foldOf, ...dealt].map(String)).size).toBe(4);
  expect(assignFolds(rows, PLAN).foldOf).toEqual(dealt[0]);
});

test('copies of a text stay together, unless they are told not to', () => {
  const rows = { ...rowsOf(40), texts: rowsOf(40).texts.map((text, i) => (i % 8 === 0 ? COPY : text)) };
  const { foldOf, grouping } = assignFolds(rows, PLAN);
  expect(grouping).toEqual({ by: 'duplicates', groups: 1, boundRows: 5 });
  expect(new Set(foldOf.filter((_, i) => i % 8 === 0)).size).toBe(1);
  const split = assignFolds(rows, { ...PLAN, bindDuplicates: false });
  expect(split.grouping).toEqual({ by: 'none', groups: 0, boundRows: 0 });
  expect(new Set(split.foldOf.filter((_, i) => i % 8 === 0)).size).toBeGreaterThan(1);
});

test('a column of groups decides alone', () => {
  const groups = Array.from({ length: 60 }, (_, i) => `product ${i % 12}`);
  const rows = { ...rowsOf(60), groups, texts: groups.map(() => COPY) };
  const { foldOf, grouping } = assignFolds(rows, PLAN);
  expect(grouping).toEqual({ by: 'column', groups: 12, boundRows: 60 });
  expect(new Set(foldOf).size).toBe(3);
  const sorted = [...new Set(groups)].sort();
  const ids = groups.map((name) => sorted.indexOf(name));
  expect(assignFolds(rows, { ...PLAN, shuffle: false }).foldOf).toEqual(
    stratifiedGroupKFold(rows.labelIds, ids, 3).map((fold) => fold + 1),
  );
});

test('of any rows, shuffled folds are stratified as unshuffled ones are', () => {
  const ids = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 12, maxLength: 60 });
  fc.assert(
    fc.property(ids, fc.nat(), (labelIds, seed) => {
      const ones = labelIds.filter((id) => id === 1).length;
      fc.pre(ones >= 3 && labelIds.length - ones >= 3);
      const texts = labelIds.map(String);
      const { foldOf } = assignFolds({ labels: LABELS, labelIds, texts }, { ...PLAN, seed });
      for (const id of [0, 1]) {
        const counts = [1, 2, 3].map(
          (fold) => foldOf.filter((one, i) => one === fold && labelIds[i] === id).length,
        );
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('rare classes are warned of by name', () => {
  const rows = {
    labels: ['a', 'b', 'c'],
    labelIds: [...new Array(20).fill(0), 1, 1, 2],
    texts: [...'abcdefghijklmnopqrstuvw'],
  };
  expect(assignFolds(rows, PLAN).warnings).toEqual([
    expect.stringContaining('one fold has all rows of "c"'),
    expect.stringContaining('too few rows of "b" for 3 folds'),
  ]);
});

test('groups that leave a fold one class to train on are refused', () => {
  const rows = { ...rowsOf(20), groups: rowsOf(20).labelIds.map((id) => (id === 0 ? 'a' : 'b')) };
  expect(() => assignFolds(rows, { ...PLAN, folds: 2 })).toThrow(
    expect.objectContaining({ code: 'data.too-few-groups' }),
  );
});
