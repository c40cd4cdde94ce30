/** Texts with their labels, a column each: taken by row, and put together. */

/** Equally long lists, by row. */
export interface LabelledTexts {
  /** As they stand in the file. */
  readonly originals: readonly string[];
  /** Cleaned. */
  readonly texts: readonly string[];
  readonly labelIds: readonly number[];
  /** Data rows of the file, from 1. */
  readonly rows: readonly number[];
  /** What each counts for in training, above zero; measurements know of none. Absent: all the same. */
  readonly weights?: readonly number[];
  /** By which a measurement is sliced; none unless asked for. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
}

/** @param indices of the rows to take, in their order */
export function pick(all: LabelledTexts, indices: readonly number[]): LabelledTexts {
  const take = <T>(items: readonly T[]) => indices.map((index) => items[index] as T);
  return {
    originals: take(all.originals),
    texts: take(all.texts),
    labelIds: take(all.labelIds),
    rows: take(all.rows),
    ...(all.weights && { weights: take(all.weights) }),
    columns: Object.fromEntries(Object.entries(all.columns).map(([name, values]) => [name, take(values)])),
  };
}

/** Those of `b` after those of `a`. Where only one side has weights, the other's are ones. */
export function joined(a: LabelledTexts, b: LabelledTexts): LabelledTexts {
  return {
    originals: [...a.originals, ...b.originals],
    texts: [...a.texts, ...b.texts],
    labelIds: [...a.labelIds, ...b.labelIds],
    rows: [...a.rows, ...b.rows],
    ...((a.weights ?? b.weights) && { weights: [...weightsOf(a), ...weightsOf(b)] }),
    columns: Object.fromEntries(
      Object.entries(a.columns).map(([name, values]) => [name, [...values, ...(b.columns[name] ?? [])]]),
    ),
  };
}

function weightsOf({ texts, weights }: LabelledTexts): readonly number[] {
  return weights ?? texts.map(() => 1);
}
