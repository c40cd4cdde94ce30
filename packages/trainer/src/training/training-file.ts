/**
 * A file of labelled reviews, read for a training: cleaned, with class ids, with an audit's decisions, and with the rows that
 * nobody wrote apart from the others. How it is split comes later (`dataset.ts`).
 */
import { cleaner, createLabelEncoder, doubledLabels, type LabelEncoder, OtzyvError } from '@otzyv/core';
import { fingerprintFile } from '../data/fingerprint.ts';
import { encodeLabel, type Review, readReviews } from '../data/read.ts';
import { decided, type RowDecision, type RowDecisions, readRowDecisions } from './audit-file.ts';
import type { ClassCount, Listener } from './events.ts';
import type { DataFingerprints } from './going-on.ts';
import type { LabelledTexts } from './labelled-texts.ts';
import type { RunOptions } from './options.ts';
import { decidedByOrigin, type SyntheticTexts } from './synthetic-rows.ts';

/** How a file is read. */
export type ReadingOptions = Pick<
  RunOptions,
  | 'trainFile'
  | 'exclude'
  | 'textColumn'
  | 'labelColumn'
  | 'groupColumn'
  | 'weightColumn'
  | 'sliceColumns'
  | 'skipBadRows'
  | 'cleaning'
>;

/** The training file before it is split. */
export interface TrainingSource {
  readonly labels: readonly string[];
  /** With the labels that the file has: by these, rows are dealt out to the sides, whatever an audit says. */
  readonly all: LabelledTexts;
  /** With the labels that an audit decided on. */
  readonly corrected: LabelledTexts;
  /** Indices of the rows that it excludes. */
  readonly excluded: ReadonlySet<number>;
  readonly relabelled: number;
  /** by row; absent where no column of groups was named */
  readonly groups: readonly string[] | undefined;
  /** Rows that nobody wrote: none of the above counts them. */
  readonly synthetic: SyntheticTexts;
  readonly fingerprints: DataFingerprints;
  readonly warnings: readonly string[];
  readonly encoder: LabelEncoder;
  readonly clean: (text: string) => string;
}

/** @throws the signal's reason when aborted */
export async function readTraining(
  options: ReadingOptions,
  listen: Listener,
  signal?: AbortSignal,
): Promise<TrainingSource> {
  const clean = cleaner(options.cleaning);
  const { trainFile, exclude } = options;
  const decisions = exclude === undefined ? undefined : await readRowDecisions(exclude);
  const { weightColumn } = options;
  const read = await readLabelled(trainFile, options, { clean, listen, signal, decisions, weightColumn });
  const reviews = read.filter(({ synthetic }) => synthetic === undefined);
  if (reviews.length === 0) throw onlySynthetic(trainFile);
  const made = decidedByOrigin(
    read.filter(({ synthetic }) => synthetic !== undefined),
    reviews,
  ).filter(({ decision }) => decision?.kind !== 'exclude');
  const encoder = createLabelEncoder(reviews.map((review) => review.label));
  const labels = encoder.classes;
  if (labels.length < 2) {
    throw new OtzyvError(
      'labels.one-class',
      `${trainFile} has only one label: "${labels[0]}"`,
      'A classifier needs at least two: check --label-column.',
    );
  }
  const all = encoded(reviews, encoder, trainFile);
  const asDecided = (rows: readonly CleanReview[], { labelIds }: LabelledTexts) =>
    rows.map(({ decision, row }, index) =>
      decision?.kind === 'relabel'
        ? encodeLabel(encoder, { label: decision.label, row }, exclude as string)
        : (labelIds[index] as number),
    );
  const labelIds = asDecided(reviews, all);
  const synthetic = encoded(made, encoder, trainFile);
  return {
    labels,
    all,
    corrected: { ...all, labelIds },
    excluded: new Set(
      reviews.flatMap(({ decision }, index) => (decision?.kind === 'exclude' ? [index] : [])),
    ),
    relabelled: labelIds.filter((id, index) => id !== all.labelIds[index]).length,
    groups: groupsOf(reviews, options),
    synthetic: {
      texts: { ...synthetic, labelIds: asDecided(made, synthetic) },
      origins: made.map((review) => review.synthetic?.origin),
      groups: groupsOf(made, options),
    },
    fingerprints: {
      [trainFile]: await fingerprintFile(trainFile),
      ...(exclude !== undefined && { [exclude]: await fingerprintFile(exclude) }),
    },
    warnings: doubledLabels(labels).map(
      (spellings) =>
        `labels that differ only by case, spaces or ё count as ${spellings.length} classes: ${spellings.join(', ')}`,
    ),
    encoder,
    clean,
  };
}

function groupsOf(reviews: readonly CleanReview[], { groupColumn }: ReadingOptions): string[] | undefined {
  return groupColumn === undefined ? undefined : reviews.map(({ group = '' }) => group);
}

function onlySynthetic(file: string): OtzyvError {
  return new OtzyvError(
    'data.only-synthetic',
    `every row of ${file} is marked as synthetic`,
    'Put them into one file with the reviews they were made from: it is those that a model is measured on.',
  );
}

function encoded(reviews: readonly CleanReview[], encoder: LabelEncoder, file: string): LabelledTexts {
  return {
    originals: reviews.map((review) => review.text),
    texts: reviews.map((review) => review.cleaned),
    labelIds: reviews.map((review) => encodeLabel(encoder, review, file)),
    rows: reviews.map((review) => review.row),
    ...(reviews[0]?.weight !== undefined && { weights: reviews.map(({ weight = 1 }) => weight) }),
    columns: Object.fromEntries(
      Object.keys(reviews[0]?.slices ?? {}).map((name) => [
        name,
        reviews.map(({ slices }) => slices?.[name] ?? ''),
      ]),
    ),
  };
}

type CleanReview = Review & { cleaned: string; decision?: RowDecision };

interface Reading {
  readonly clean: (text: string) => string;
  readonly listen: Listener;
  readonly signal: AbortSignal | undefined;
  readonly decisions?: RowDecisions | undefined;
  /** of the training file alone */
  readonly weightColumn?: string | undefined;
}

/**
 * A file to measure on: rows that nobody wrote are left out, and all others count the same.
 * @param source what is trained on, whose classes it has
 * @throws the signal's reason when aborted
 */
export async function readValidation(
  file: string,
  options: ReadingOptions,
  { clean, encoder }: TrainingSource,
  listen: Listener,
  signal?: AbortSignal,
): Promise<LabelledTexts> {
  const reviews = await readLabelled(file, options, { clean, listen, signal });
  const written = reviews.filter(({ synthetic }) => synthetic === undefined);
  if (written.length === 0) throw onlySynthetic(file);
  const made = reviews.length - written.length;
  if (made > 0) {
    const message = `${file}: ${made} rows are marked as synthetic, and not measured on`;
    listen({ type: 'warning', message });
  }
  return encoded(written, encoder, file);
}

/** Groups are what a number may hide best: it is always looked at by them. */
function slicedBy({ groupColumn, sliceColumns = [] }: ReadingOptions): string[] {
  return [...new Set([...(groupColumn === undefined ? [] : [groupColumn]), ...sliceColumns])];
}

async function readLabelled(
  file: string,
  options: ReadingOptions,
  { clean, listen, signal, decisions, weightColumn }: Reading,
): Promise<CleanReview[]> {
  const reviews: CleanReview[] = [];
  const counts = new Map<string, number>();
  let emptyTexts = 0;
  let badRows = 0;
  const rows = readReviews(file, {
    textColumn: options.textColumn,
    labelColumn: options.labelColumn,
    groupColumn: options.groupColumn,
    weightColumn,
    sliceColumns: slicedBy(options),
    skipBadRows: options.skipBadRows,
    onBadRow: (row) => {
      badRows++;
      if (badRows <= 5) listen({ type: 'warning', message: `skipped: ${row.message}` });
    },
  });
  for await (const review of decisions === undefined ? rows : decided(rows, decisions, file)) {
    signal?.throwIfAborted();
    const cleaned = clean(review.text);
    if (cleaned === '') {
      emptyTexts++;
      continue;
    }
    reviews.push({ ...review, cleaned });
    counts.set(review.label, (counts.get(review.label) ?? 0) + 1);
  }
  if (reviews.length === 0) {
    throw new OtzyvError(
      'data.empty-file',
      `${file} has no rows with a text`,
      'Check the file and --text-column.',
    );
  }
  const classes: ClassCount[] = [...counts]
    .map(([label, count]) => ({ label, count }))
    .sort((a, b) => b.count - a.count);
  listen({ type: 'data.read', file, rows: reviews.length, emptyTexts, badRows, classes });
  return reviews;
}
