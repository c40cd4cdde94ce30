/**
 * Which row is held out in which fold of a cross-validation: by a column of groups where one is named, else so that
 * copies of a text stay together, else row by row. Shuffled by our own generator; in the file's order the folds are
 * scikit-learn's.
 */
import {
  classCounts,
  createLabelEncoder,
  createRandom,
  duplicateGroups,
  OtzyvError,
  shuffled,
} from '@otzyv/core';
import { stratifiedGroupKFold, stratifiedKFold } from './folds.ts';

/** How rows are dealt out to folds. */
export interface FoldPlan {
  readonly folds: number;
  /** From 1; each deals anew. */
  readonly repeat: number;
  /** Not: the folds that scikit-learn makes of the file's order. */
  readonly shuffle: boolean;
  /** Copies of a text, and near copies, go to one fold. A column of groups decides alone, where there is one. */
  readonly bindDuplicates: boolean;
  readonly seed: number;
}

/** What of the rows decides their folds. */
export interface FoldRows {
  readonly labelIds: readonly number[];
  /** class names, for warnings */
  readonly labels: readonly string[];
  /** as they were written */
  readonly texts: readonly string[];
  /** of a column; absent where none was named */
  readonly groups?: readonly string[] | undefined;
}

/** By what rows were kept together. */
export interface Grouping {
  readonly by: 'column' | 'duplicates' | 'none';
  /** Of more than one row. */
  readonly groups: number;
  /** Rows in them. */
  readonly boundRows: number;
}

export interface AssignedFolds {
  /** By row, from 1. */
  readonly foldOf: readonly number[];
  readonly grouping: Grouping;
  readonly warnings: readonly string[];
}

/** @throws OtzyvError `data.too-small`, `data.too-few-groups` where folds cannot be made */
export function assignFolds(rows: FoldRows, plan: FoldPlan): AssignedFolds {
  const { by, ids, warnings } = groupIds(rows, plan);
  const order = rows.labelIds.map((_, row) => row);
  const dealt = plan.shuffle ? shuffled(order, createRandom(plan.seed, 'folds', plan.repeat)) : order;
  const foldOf = new Array<number>(order.length);
  if (ids === undefined) {
    const folds = stratifiedKFold(
      dealt.map((row) => rows.labelIds[row] as number),
      plan.folds,
    );
    dealt.forEach((row, at) => {
      foldOf[row] = (folds[at] as number) + 1;
    });
  } else {
    // of groups that are equally uneven, which most are, the first dealt comes first
    const ranks = new Map<number, number>();
    for (const row of dealt) if (!ranks.has(ids[row] as number)) ranks.set(ids[row] as number, ranks.size);
    const ranked = plan.shuffle ? ids.map((id) => ranks.get(id) as number) : ids;
    stratifiedGroupKFold(rows.labelIds, ranked, plan.folds).forEach((fold, row) => {
      foldOf[row] = fold + 1;
    });
  }
  return {
    foldOf,
    grouping: { by, ...bound(ids ?? []) },
    warnings: [...warnings, ...checkFolds(foldOf, rows, plan.folds)],
  };
}

interface GroupIds {
  readonly by: Grouping['by'];
  readonly ids?: readonly number[];
  readonly warnings: readonly string[];
}

function groupIds({ groups, texts }: FoldRows, { bindDuplicates }: FoldPlan): GroupIds {
  if (groups !== undefined) {
    const encoder = createLabelEncoder(groups);
    return { by: 'column', ids: groups.map((name) => encoder.encode(name)), warnings: [] };
  }
  if (!bindDuplicates) return { by: 'none', warnings: [] };
  const { groups: ids, boundRows, isComplete } = duplicateGroups(texts);
  const warnings = isComplete
    ? []
    : ['there are so many texts that nearly equal ones were looked for among the first only'];
  return boundRows === 0 ? { by: 'duplicates', warnings } : { by: 'duplicates', ids, warnings };
}

function bound(ids: readonly number[]): { groups: number; boundRows: number } {
  const sizes = new Map<number, number>();
  for (const id of ids) sizes.set(id, (sizes.get(id) ?? 0) + 1);
  const several = [...sizes.values()].filter((size) => size > 1);
  return { groups: several.length, boundRows: several.reduce((sum, size) => sum + size, 0) };
}

/** @returns what is worth a warning */
function checkFolds(
  foldOf: readonly number[],
  { labelIds, labels }: FoldRows,
  folds: number,
): readonly string[] {
  const sizes = classCounts(labelIds, labels.length);
  const held = Array.from({ length: folds }, () => labels.map(() => 0)); // [folds, classes]
  labelIds.forEach((id, row) => {
    const counts = held[(foldOf[row] as number) - 1] as number[];
    counts[id] = (counts[id] as number) + 1;
  });
  held.forEach((counts, i) => {
    const left = sizes.filter((size, id) => size > (counts[id] as number)).length;
    if (counts.some((n) => n > 0) && left >= 2) return;
    throw new OtzyvError(
      'data.too-few-groups',
      `fold ${i + 1} would ${left >= 2 ? 'hold out nothing' : 'leave fewer than two classes to train on'}: the groups are too large`,
      'Choose fewer --folds, or another --group-column.',
    );
  });
  const whole = labels.filter((_, id) => held.some((counts) => counts[id] === sizes[id]));
  const rare = labels.filter(
    (label, id) => !whole.includes(label) && held.some((counts) => counts[id] === 0),
  );
  const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');
  return [
    ...(whole.length > 0
      ? [`one fold has all rows of ${quoted(whole)}: its model is measured on what it could not learn`]
      : []),
    ...(rare.length > 0
      ? [`too few rows of ${quoted(rare)} for ${folds} folds: not every fold measures it`]
      : []),
  ];
}
