/**
 * More rows of rare classes: a training file with texts after it that are made from its own. How many of a class is
 * bounded twice, by what it is to reach and by how many may be made of one row; a text that stands in the file already,
 * or was made before, is not taken. `augmentFile` makes them without a language model; what reads the file, says which
 * classes are to grow and writes it with what was made serves those that have one, too.
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

/** The file that is to have more rows. */
export interface GrowingFile {
  readonly trainFile: string;
  /** All rows of the training file, and those that are made. */
  readonly output: string;
  readonly textColumn: string;
  readonly labelColumn: string;
  readonly skipBadRows?: boolean;
  readonly onBadRow?: (message: string) => void;
}

/** What to make of which file. */
export interface AugmentOptions extends GrowingFile {
  /** Rows that each class is to reach; absent: as many as the middle class has (the median). */
  readonly perClass?: number | undefined;
  /** Texts made of one row (default 2). */
  readonly perRow?: number | undefined;
  /** Taken in turns (default: all). */
  readonly methods?: readonly Perturbation[] | undefined;
  readonly seed?: number | undefined;
}

/** A class, and what it is to reach. */
export interface GrowingClass {
  readonly label: string;
  readonly rows: readonly Review[];
  /** In rows; not fewer than it has. */
  readonly aim: number;
}

/** A text that was made, and how. */
export interface MadeText {
  readonly text: string;
  /** e.g. `typos` */
  readonly how: string;
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
  const { trainFile, output, perRow = 2, seed = 42 } = options;
  await refuseSameFile(trainFile, output);
  const reviews = await readRealReviews(options);
  const made = new Map<number, MadeText[]>(); // by the row they were made of
  const classes = madeOf(reviews, { ...options, perRow, seed }, (row, text) =>
    made.set(row, [...(made.get(row) ?? []), text]),
  );
  await writeWithMade(options, made);
  return { rows: reviews.length, made: classes.reduce((sum, { made: n }) => sum + n, 0), classes };
}

/** Class by class, the rarest first. */
function madeOf(
  reviews: readonly Review[],
  options: Pick<AugmentOptions, 'methods' | 'perClass'> & { perRow: number; seed: number },
  take: (row: number, made: MadeText) => void,
): AugmentedClass[] {
  const { perRow, seed } = options;
  const seen = new Set(reviews.map(({ text }) => normalizedForComparison(text)));
  return rarestFirst(reviews, options.perClass).map(({ label, rows, aim }) => {
    const wanted = Math.min(aim - rows.length, perRow * rows.length);
    let count = 0;
    for (const { text, row, turn } of turnsOf(rows, perRow, seed, label)) {
      if (count >= wanted) break;
      const next = variant(text, { ...options, row, turn, seen });
      if (next === undefined) continue;
      take(row, next);
      count++;
    }
    return { label, rows: rows.length, made: count, aim };
  });
}

/** @param perClass rows that each class is to reach; absent: as many as the middle class has (the median) */
export function rarestFirst(reviews: readonly Review[], perClass?: number): GrowingClass[] {
  const byLabel = [...reviewsByLabel(reviews)];
  const aim = perClass ?? median(byLabel.map(([, rows]) => rows.length));
  return byLabel
    .sort(([a, x], [b, y]) => x.length - y.length || (a < b ? -1 : 1))
    .map(([label, rows]) => ({ label, rows, aim: Math.max(aim, rows.length) }));
}

function reviewsByLabel(reviews: readonly Review[]): Map<string, Review[]> {
  const groups = new Map<string, Review[]>();
  for (const review of reviews) {
    const group = groups.get(review.label);
    if (group === undefined) groups.set(review.label, [review]);
    else group.push(review); // in place: a copy for each row would take quadratic time
  }
  return groups;
}

/**
 * All rows as they are, and after them those that were made, in the order of their origins.
 * @param made by the row they were made of
 */
export async function writeWithMade(
  { trainFile, output, textColumn, skipBadRows = false }: GrowingFile,
  made: ReadonlyMap<number, readonly MadeText[]>,
): Promise<void> {
  const table = await openTable(trainFile, { skipBadRows });
  const writer = await openTableWriter(output, [...table.columns, SYNTHETIC_COLUMN, ORIGIN_COLUMN]);
  try {
    const origins: TableRow[] = [];
    for await (const row of table.rows) {
      await writer.write(row.original);
      if (made.has(row.row)) origins.push(row);
    }
    for (const { row, original } of origins) {
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
}

/** @throws OtzyvError `data.*`, also where the file has synthetic rows already */
export async function readRealReviews({ trainFile, onBadRow, ...options }: GrowingFile): Promise<Review[]> {
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
): MadeText | undefined {
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
