/**
 * More rows of rare classes: a training file with texts after it that are made from its own, without a language model.
 * How many of a class is bounded twice, by what it is to reach and by how many may be made of one row; a text that
 * stands in the file already, or was made before, is not taken.
 */
import {
  createRandom,
  normalizedForComparison,
  OtzyvError,
  PERTURBATIONS,
  type Perturbation,
  perturbed,
  shuffled,
} from '@otzyv/core';
import { refuseSameFile } from '../files.ts';
import { type Review, readReviews } from './read.ts';
import { ORIGIN_COLUMN, SYNTHETIC_COLUMN } from './synthetic.ts';
import { openTable, type TableRow } from './table.ts';
import { openTableWriter } from './write.ts';

/** What to make of which file. */
export interface AugmentOptions {
  readonly trainFile: string;
  /** All rows of the training file, and those that are made. */
  readonly output: string;
  readonly textColumn: string;
  readonly labelColumn: string;
  readonly skipBadRows?: boolean;
  readonly onBadRow?: (message: string) => void;
  /** Rows that each class is to reach; absent: as many as the middle class has (the median). */
  readonly perClass?: number | undefined;
  /** Texts made of one row (default 2). */
  readonly perRow?: number | undefined;
  /** Taken in turns (default: all). */
  readonly methods?: readonly Perturbation[] | undefined;
  readonly seed?: number | undefined;
}

/** Of one class. */
export interface AugmentedClass {
  readonly label: string;
  /** rows that the file has */
  readonly rows: number;
  readonly made: number;
  /** what it was to have; more than `rows + made` where its rows give no more */
  readonly aim: number;
}

export interface AugmentSummary {
  readonly rows: number;
  readonly made: number;
  /** by ascending rows */
  readonly classes: readonly AugmentedClass[];
}

/** Times that a row is tried anew when what comes out is there already. */
const TRIES = 8;

/** @throws OtzyvError `data.*`; nothing is written then */
export async function augmentFile(options: AugmentOptions): Promise<AugmentSummary> {
  const { trainFile, output, textColumn, perRow = 2, seed = 42 } = options;
  await refuseSameFile(trainFile, output);
  const reviews = await readAll(options);
  const rowsOf = new Map<string, Review[]>();
  for (const review of reviews) rowsOf.set(review.label, [...(rowsOf.get(review.label) ?? []), review]);
  const aim = options.perClass ?? median([...rowsOf.values()].map((rows) => rows.length));
  const seen = new Set(reviews.map(({ text }) => normalizedForComparison(text)));
  const made = new Map<number, Made[]>(); // by the row they were made of
  const classes: AugmentedClass[] = [];
  for (const [label, rows] of [...rowsOf].sort(([a, x], [b, y]) => x.length - y.length || (a < b ? -1 : 1))) {
    const wanted = Math.min(aim - rows.length, perRow * rows.length);
    let count = 0;
    for (const { text, row, turn } of turnsOf(rows, perRow, seed, label)) {
      if (count >= wanted) break;
      const next = variant(text, { ...options, seed, row, turn, seen });
      if (next === undefined) continue;
      made.set(row, [...(made.get(row) ?? []), next]);
      count++;
    }
    classes.push({ label, rows: rows.length, made: count, aim: Math.max(aim, rows.length) });
  }

  const table = await openTable(trainFile, { skipBadRows: options.skipBadRows === true });
  const writer = await openTableWriter(output, [...table.columns, SYNTHETIC_COLUMN, ORIGIN_COLUMN]);
  try {
    const sources: TableRow[] = [];
    for await (const row of table.rows) {
      await writer.write(row.original);
      if (made.has(row.row)) sources.push(row);
    }
    for (const { row, original } of sources) {
      for (const { text, how } of made.get(row) ?? []) {
        const mark = { [SYNTHETIC_COLUMN]: how, [ORIGIN_COLUMN]: original[textColumn] };
        await writer.write({ ...original, [textColumn]: text, ...mark });
      }
    }
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  }
  const total = classes.reduce((sum, { made: n }) => sum + n, 0);
  return { rows: reviews.length, made: total, classes };
}

interface Made {
  readonly text: string;
  readonly how: Perturbation;
}

async function readAll({ trainFile, onBadRow, ...options }: AugmentOptions): Promise<Review[]> {
  const { columns: present } = await openTable(trainFile, { skipBadRows: true });
  if (present.includes(SYNTHETIC_COLUMN)) {
    throw new OtzyvError(
      'data.synthetic',
      `${trainFile} has a column "${SYNTHETIC_COLUMN}" already`,
      'Give the file without synthetic rows: texts made of made ones only move further away.',
    );
  }
  const reviews: Review[] = [];
  const { textColumn, labelColumn, skipBadRows = false } = options;
  for await (const review of readReviews(trainFile, {
    ...{ textColumn, labelColumn, skipBadRows },
    onBadRow: ({ message }) => onBadRow?.(message),
  })) {
    if (review.text.trim() !== '') reviews.push(review);
  }
  if (reviews.length === 0) {
    throw new OtzyvError('data.empty-file', `${trainFile} has no rows with a text`, 'Check --text-column.');
  }
  return reviews;
}

/** Each row once before any is taken a second time, in random order. */
function* turnsOf(rows: readonly Review[], perRow: number, seed: number, label: string) {
  for (let turn = 0; turn < perRow; turn++) {
    for (const { text, row } of shuffled(rows, createRandom(seed, 'augment', label, turn))) {
      yield { text, row, turn };
    }
  }
}

/** @returns undefined where nothing new comes out of it */
function variant(
  text: string,
  {
    methods = PERTURBATIONS,
    seed,
    row,
    turn,
    seen,
  }: Pick<AugmentOptions, 'methods'> & { seed: number; row: number; turn: number; seen: Set<string> },
): Made | undefined {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const how = methods[(row + turn + attempt) % methods.length] as Perturbation;
    const made = perturbed(text, how, createRandom(seed, 'perturb', row, turn, attempt));
    const key = normalizedForComparison(made);
    if (key === '' || seen.has(key)) continue;
    seen.add(key);
    return { text: made, how };
  }
  return undefined;
}

function median(counts: readonly number[]): number {
  const sorted = counts.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
