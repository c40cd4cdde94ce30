/**
 * Where a model is weak: its metrics on slices of the rows, by a column, by length, by confidence.
 *
 * Of many small slices some are bad by luck. So a slice is named as worse only where its distance from all other rows is
 * more than both could owe to chance, and more than the worst of so many slices could (Bonferroni). Worst is that whose
 * distance is surely the largest, not the one that was measured the lowest.
 */
import type { Interval } from './binomial.ts';
import { type BootstrapOptions, bootstrapIntervals, type EvaluationIntervals } from './bootstrap.ts';
import { normalQuantile } from './normal.ts';
import { type Evaluation, evaluateProbabilities, type MetricName, resolveMetric } from './registry.ts';

/** A way to slice: what each row is called. */
export interface Slicing {
  /** e.g. the name of a column */
  readonly by: string;
  /** the slice of each row [rows] */
  readonly sliceOf: readonly string[];
  /** Slices in this order, where their names have one of their own; absent: the largest first. */
  readonly order?: readonly string[];
  /** Slices that differ by nature, as by confidence, are none to be named as worse. */
  readonly isExpected?: boolean;
}

/** Rows of one kind, measured. */
export interface Slice {
  readonly name: string;
  readonly rows: number;
  /** of all rows */
  readonly share: number;
  readonly metrics: Evaluation['metrics'];
  readonly intervals: EvaluationIntervals['metrics'];
}

/** The slices of one way to slice. */
export interface SliceGroup {
  readonly by: string;
  readonly slices: readonly Slice[];
  /** Slices too small to be measured one by one, together. */
  readonly others?: Slice & { readonly values: number };
}

/** A slice that is worse than all other rows beyond chance. */
export interface WorseSlice {
  readonly by: string;
  readonly name: string;
  readonly rows: number;
  readonly value: number;
  readonly interval: Interval;
  /** The metric of all other rows. */
  readonly elsewhere: number;
  /** By how much it is surely worse, allowing for chance and for the number of slices; more than 0. */
  readonly surely: number;
}

/** Every metric by slices. */
export interface SliceReport {
  /** by which slices are worse */
  readonly metric: MetricName;
  readonly confidence: number;
  readonly whole: Slice;
  readonly groups: readonly SliceGroup[];
  /** the worst first */
  readonly worst: readonly WorseSlice[];
}

/** How slices are looked at. */
export interface SliceOptions extends BootstrapOptions {
  /** default: accuracy, which unlike F1 means the same in a slice of one class */
  readonly metric?: MetricName;
  /** Slices of fewer rows are measured together, and never named as worse (default: 20). */
  readonly minRows?: number;
  /** Of each way to slice, only so many are measured one by one, the largest (default: 50). */
  readonly maxSlices?: number;
}

/**
 * @param truth         class ids [rows]
 * @param probabilities [rows × classes]
 */
export function sliceReport(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  slicings: readonly Slicing[],
  { metric = 'accuracy', minRows = 20, maxSlices = 50, ...how }: SliceOptions = {},
): SliceReport {
  const table: Table = { truth, probabilities, classes };
  const everyRow = Array.from({ length: truth.length }, (_, row) => row);
  const whole = measuredSlice(table, 'all rows', everyRow, how);
  const candidates: Candidate[] = [];
  const groups = slicings.map((slicing): SliceGroup => {
    const { large, small } = sizedSlices(slicing, minRows, maxSlices);
    const slices = large.map(([name, rows]) => measuredSlice(table, name, rows, how));
    if (!slicing.isExpected && large.length + small.length > 1)
      slices.forEach((slice, i) => {
        const rows = large[i]?.[1] ?? [];
        if (rows.length >= minRows) candidates.push({ by: slicing.by, slice, rows: new Set(rows) });
      });
    const rest = small.flatMap(([, rows]) => rows);
    return {
      by: slicing.by,
      slices,
      ...(small.length > 0 && {
        others: { ...measuredSlice(table, 'others', rest, how), values: small.length },
      }),
    };
  });
  const confidence = how.confidence ?? 0.95;
  const widening = bonferroni(confidence, candidates.length);
  const worst = candidates
    .map((candidate) => comparedToRest(table, whole, candidate, metric, widening))
    .filter(({ surely }) => surely > 0)
    .sort((a, b) => b.surely - a.surely);
  return { metric, confidence, whole, groups, worst };
}

interface Table {
  readonly truth: ArrayLike<number>;
  readonly probabilities: ArrayLike<number>;
  readonly classes: number;
}

interface Candidate {
  readonly by: string;
  readonly slice: Slice;
  readonly rows: ReadonlySet<number>;
}

type NamedRows = readonly [name: string, rows: readonly number[]];

/** Those to be measured one by one, and those that are too small; one that is alone in that is not. */
function sizedSlices({ sliceOf, order }: Slicing, minRows: number, maxSlices: number) {
  const bySlice = new Map<string, number[]>(order?.map((name) => [name, []]));
  for (const [row, name] of sliceOf.entries()) {
    const rows = bySlice.get(name);
    if (rows === undefined) bySlice.set(name, [row]);
    else rows.push(row);
  }
  const found: NamedRows[] = [...bySlice].filter(([, rows]) => rows.length > 0);
  const largestFirst = found.toSorted(([, a], [, b]) => b.length - a.length);
  const small = new Set(largestFirst.filter(([, rows], i) => i >= maxSlices || rows.length < minRows));
  if (small.size === 1) small.clear();
  return {
    large: (order === undefined ? largestFirst : found).filter((one) => !small.has(one)),
    small: [...small],
  };
}

function measuredSlice(table: Table, name: string, rows: readonly number[], how: BootstrapOptions): Slice {
  const { truth, probabilities, classes } = rowsOf(table, rows);
  return {
    name,
    rows: rows.length,
    share: rows.length / table.truth.length,
    metrics: evaluateProbabilities(truth, probabilities, classes).metrics,
    intervals: bootstrapIntervals(truth, probabilities, classes, how).metrics,
  };
}

function rowsOf({ truth, probabilities, classes }: Table, rows: readonly number[]): Table {
  const picked = new Float64Array(rows.length * classes);
  rows.forEach((row, i) => {
    for (let id = 0; id < classes; id++)
      picked[i * classes + id] = probabilities[row * classes + id] as number;
  });
  return { truth: rows.map((row) => truth[row] as number), probabilities: picked, classes };
}

/** How much wider intervals have to be for all of so many to hold at once. */
function bonferroni(confidence: number, looks: number): number {
  const tail = (1 - confidence) / 2;
  return normalQuantile(1 - tail / Math.max(1, looks)) / normalQuantile(1 - tail);
}

/** The ends of the two intervals that face each other, combined as in MOVER (`bootstrap.ts`). */
function comparedToRest(
  table: Table,
  whole: Slice,
  { by, slice, rows }: Candidate,
  metric: MetricName,
  widening: number,
): WorseSlice {
  const sign = resolveMetric(metric).greaterIsBetter ? 1 : -1;
  const end = sign === 1 ? ({ high }: Interval) => high : ({ low }: Interval) => low;
  const farEnd = sign === 1 ? ({ low }: Interval) => low : ({ high }: Interval) => high;
  const rest = rowsOf(
    table,
    Array.from(table.truth, (_, row) => row).filter((row) => !rows.has(row)),
  );
  const elsewhere = evaluateProbabilities(rest.truth, rest.probabilities, table.classes).metrics[metric];
  const [value, interval] = [slice.metrics[metric], slice.intervals[metric]];
  const reach = Math.abs(end(interval) - value);
  // the rest wavers as the whole does, on fewer rows
  const reachElsewhere =
    Math.abs(whole.metrics[metric] - farEnd(whole.intervals[metric])) / Math.sqrt(1 - slice.share);
  return {
    by,
    name: slice.name,
    rows: slice.rows,
    value,
    interval,
    elsewhere,
    surely: sign * (elsewhere - value) - widening * Math.hypot(reach, reachElsewhere),
  };
}
