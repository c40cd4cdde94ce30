/**
 * Holding out rows to validate on. Stratified: each class gives its share, as scikit-learn's
 * `train_test_split(stratify=…)` deals them out; a class with a single row stays in training with a warning,
 * where scikit-learn refuses. By groups: all rows of a group go to one side.
 */
import { classCounts, createRandom, OtzyvError, type Random, shuffled } from '@otzyv/core';

/** Rows to train on and rows to measure on: each row is in one of the two. */
export interface Split {
  /** indices of rows, ascending */
  readonly train: number[];
  readonly validation: number[];
  readonly warnings: string[];
}

/** How much to hold out. */
export interface SplitOptions {
  /** class names, for warnings */
  readonly labels: readonly string[];
  readonly validationFraction: number;
  readonly seed: number;
}

/** @param labelIds class ids by row */
export function stratifiedSplit(
  labelIds: readonly number[],
  { labels, validationFraction, seed }: SplitOptions,
): Split {
  const random = createRandom(seed, 'split');
  const members = labels.map((_, id) => indicesOf(labelIds, id));
  const splittable = members.map((rows) => (rows.length >= 2 ? rows.length : 0));
  const all = splittable.reduce((sum, n) => sum + n, 0);
  const wanted = Math.ceil(all * validationFraction);
  if (wanted === 0 || labelIds.length < 4) throw tooSmall(labelIds.length);
  // as scikit-learn: training rows are dealt out, and what is left is held out; ties round alike then
  const kept = proportionalShares(splittable, all - wanted, random);
  const shares = splittable.map((n, id) => Math.max(0, Math.min(n - (kept[id] as number), n - 1)));
  const validation = members
    .flatMap((rows, id) => shuffled(rows, random).slice(0, shares[id]))
    .sort(ascending);
  const split = complement(validation, labelIds.length);
  const alone = labels.filter((_, id) => members[id]?.length === 1);
  const unseen = labels.filter((_, id) => (members[id] as number[]).length > 1 && shares[id] === 0);
  return {
    ...split,
    warnings: [
      ...(alone.length > 0 ? [`only one row of ${quoted(alone)}: it is trained on, and never measured`] : []),
      ...(unseen.length > 0 ? [`too few rows of ${quoted(unseen)} to hold one out: never measured`] : []),
    ],
  };
}

/**
 * Groups are gone through in random order, and held out where that brings the classes nearer to their shares. No
 * class is held out whole: it could not be trained.
 * @param groups the group of each row
 * @throws OtzyvError `data.too-few-groups` when no group can be held out
 */
export function groupSplit(
  groups: readonly string[],
  labelIds: readonly number[],
  options: SplitOptions,
): Split {
  const { labels, validationFraction, seed } = options;
  const byGroup = new Map<string, number[]>();
  groups.forEach((group, row) => {
    const rows = byGroup.get(group);
    if (rows === undefined) byGroup.set(group, [row]);
    else rows.push(row);
  });
  if (byGroup.size < 2) {
    throw new OtzyvError(
      'data.too-small',
      `all rows belong to one group, "${groups[0]}"`,
      'Name another --group-column, or none.',
    );
  }
  const sizes = classCounts(labelIds, labels.length);
  const held = labels.map(() => 0);
  const heldWith = ({ counts }: Group) => held.map((n, id) => n + (counts[id] as number));
  const distance = (counts: readonly number[]) =>
    counts.reduce((sum, n, id) => sum + (n - (sizes[id] as number) * validationFraction) ** 2, 0);
  const keepsEachClass = (group: Group) =>
    heldWith(group).every((n, id) => n === 0 || n < (sizes[id] as number));

  const drawn: Group[] = [];
  const hold = (group: Group) => {
    heldWith(group).forEach((n, id) => {
      held[id] = n;
    });
    drawn.push(group);
  };
  const candidates = shuffled([...byGroup.values()], createRandom(seed, 'split')).map((rows) => ({
    rows,
    counts: classCounts(
      rows.map((row) => labelIds[row] as number),
      labels.length,
    ),
  }));
  for (const group of candidates) {
    if (keepsEachClass(group) && distance(heldWith(group)) < distance(held)) hold(group);
  }
  // each group is larger than the share: the nearest to it, then
  if (drawn.length === 0) {
    const possible = candidates.filter(keepsEachClass);
    const [nearest] = possible.sort((a, b) => distance(a.counts) - distance(b.counts));
    if (nearest === undefined) throw tooFewGroups(byGroup.size);
    hold(nearest);
  }

  const unseen = labels.filter((_, id) => held[id] === 0);
  return {
    ...complement(drawn.flatMap(({ rows }) => rows).sort(ascending), labelIds.length),
    warnings: unseen.length > 0 ? [`no held-out group has rows of ${quoted(unseen)}: never measured`] : [],
  };
}

interface Group {
  readonly rows: readonly number[];
  /** by class id */
  readonly counts: readonly number[];
}

/** `total` dealt out in proportion to `counts`: whole parts first, then the largest remainders, ties at random. */
function proportionalShares(counts: readonly number[], total: number, random: Random): number[] {
  const all = counts.reduce((sum, n) => sum + n, 0);
  const exact = counts.map((n) => (n / all) * total);
  const shares = exact.map(Math.floor);
  const order = shuffled(
    counts.map((_, id) => id),
    random,
  ).sort(
    (a, b) => (exact[b] as number) - (shares[b] as number) - ((exact[a] as number) - (shares[a] as number)),
  );
  let left = total - shares.reduce((sum, n) => sum + n, 0);
  for (const id of order) {
    if (left === 0) break;
    shares[id] = (shares[id] as number) + 1;
    left--;
  }
  return shares;
}

function complement(
  validation: readonly number[],
  length: number,
): { train: number[]; validation: number[] } {
  const held = new Set(validation);
  return {
    train: Array.from({ length }, (_, i) => i).filter((i) => !held.has(i)),
    validation: [...validation],
  };
}

function indicesOf(labelIds: readonly number[], id: number): number[] {
  return labelIds.flatMap((label, row) => (label === id ? [row] : []));
}

function quoted(labels: readonly string[]): string {
  return labels.map((label) => `"${label}"`).join(', ');
}

function tooSmall(rows: number): OtzyvError {
  return new OtzyvError(
    'data.too-small',
    `${rows} rows are too few to hold some out`,
    'Add rows, or give a --validation file of your own.',
  );
}

function tooFewGroups(groups: number): OtzyvError {
  return new OtzyvError(
    'data.too-few-groups',
    `none of the ${groups} groups can be held out: each has all rows of some class`,
    'Name another --group-column, or give a --validation file of your own.',
  );
}

function ascending(a: number, b: number): number {
  return a - b;
}
