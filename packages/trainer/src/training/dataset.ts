/**
 * From files to labelled examples on two sides: read, clean, encode, split. Whatever was dropped or looks
 * wrong is said in `warnings`.
 */
import {
  cleaner,
  createLabelEncoder,
  doubledLabels,
  type LabelEncoder,
  normalizedForComparison,
  OtzyvError,
} from '@otzyv/core';
import { type AssignedFolds, assignFolds, type FoldPlan } from '../data/assign-folds.ts';
import { fingerprintFile } from '../data/fingerprint.ts';
import { encodeLabel, type Review, readReviews } from '../data/read.ts';
import { groupSplit, type Split, stratifiedSplit } from '../data/split.ts';
import { decided, type RowDecision, type RowDecisions, readRowDecisions } from './audit-file.ts';
import type { ClassCount, Listener } from './events.ts';
import type { DataFingerprints } from './going-on.ts';
import type { RunOptions } from './options.ts';

export interface LabelledTexts {
  /** As they stand in the file. */
  readonly originals: readonly string[];
  /** Cleaned. */
  readonly texts: readonly string[];
  readonly labelIds: readonly number[];
  /** Data rows of the file, from 1. */
  readonly rows: readonly number[];
  /** By which a measurement is sliced; none unless asked for. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
}

export interface Dataset {
  /** The class names, sorted. */
  readonly labels: readonly string[];
  readonly train: LabelledTexts;
  readonly validation: LabelledTexts;
  /** Both sides, for a last training, without the rows that an audit excludes. */
  readonly everything: LabelledTexts;
  /** In the training part, by class id. */
  readonly classCounts: readonly number[];
  readonly fingerprints: DataFingerprints;
}

type ReadingOptions = Pick<
  RunOptions,
  | 'trainFile'
  | 'exclude'
  | 'textColumn'
  | 'labelColumn'
  | 'groupColumn'
  | 'sliceColumns'
  | 'skipBadRows'
  | 'cleaning'
>;
type DatasetOptions = ReadingOptions &
  Pick<RunOptions, 'validationFile' | 'validationFraction' | 'fold' | 'seed'>;

/**
 * Rows that an audit excludes are trained on no longer, but those of them that would be held out are, and are measured as
 * before: what a model finds improbable must not vanish from its own test.
 * @throws the signal's reason when aborted
 */
export async function loadDataset(
  options: DatasetOptions,
  listen: Listener,
  signal?: AbortSignal,
): Promise<Dataset> {
  const source = await readTraining(options, listen, signal);
  const { labels, all, corrected, excluded, warnings } = source;
  const { validationFile: file } = options;
  const everyRow = all.rows.map((_, row) => row);
  const isKept = (row: number) => !excluded.has(row);
  const split =
    file === undefined ? splitOf(source, options) : { train: everyRow, validation: [], warnings: [] };
  const written = pick(corrected, split.train.filter(isKept));
  const separate =
    file === undefined
      ? undefined
      : encoded(
          await readWritten(file, options, { clean: source.clean, listen, signal }),
          source.encoder,
          file,
        );
  const validation = separate ?? pick(corrected, split.validation);
  const made = syntheticToTrainOn(source, { texts: validation.originals, rows: split.validation });
  const train = joined(written, pick(source.synthetic.texts, made));
  const everything =
    separate === undefined
      ? joined(pick(corrected, everyRow.filter(isKept)), source.synthetic.texts)
      : joined(train, separate);
  if (options.exclude !== undefined) {
    const gone = labels.find((_, id) => rowsOf(id, pick(all, split.train)) > 0 && rowsOf(id, written) === 0);
    if (gone !== undefined) throw emptyClass(options.exclude, gone);
    const leftOut = split.train.length - written.rows.length;
    listen({
      ...{ type: 'data.audited', file: options.exclude, excluded: leftOut },
      ...{ stillMeasured: excluded.size - leftOut, relabelled: source.relabelled },
    });
  }
  listen({
    ...{ type: 'data.split', train: train.texts.length, validation: validation.texts.length },
    warnings: [
      ...warnings,
      ...split.warnings,
      ...syntheticNotes(made.length, source.synthetic.texts.rows.length),
    ],
  });
  const fingerprints: DataFingerprints = {
    ...source.fingerprints,
    ...(file !== undefined && { [file]: await fingerprintFile(file) }),
  };
  const classCounts = labels.map((_, id) => rowsOf(id, train));
  return { labels, train, validation, everything, classCounts, fingerprints };
}

/**
 * Rows that were made of what is held out would tell a model the answers.
 * @param heldOut the texts, and which rows of the training file they are
 * @returns indices into the synthetic rows
 */
export function syntheticToTrainOn(
  { synthetic, groups }: TrainingSource,
  heldOut: { readonly texts: readonly string[]; readonly rows: readonly number[] },
): number[] {
  const texts = new Set(heldOut.texts.map(normalizedForComparison));
  const heldGroups = new Set(heldOut.rows.map((row) => groups?.[row]));
  const isHeldOut = (text: string | undefined) =>
    text !== undefined && texts.has(normalizedForComparison(text));
  return synthetic.texts.originals.flatMap((text, i) => {
    const isApart = synthetic.groups === undefined || !heldGroups.has(synthetic.groups[i]);
    return isApart && !isHeldOut(text) && !isHeldOut(synthetic.origins[i]) ? [i] : [];
  });
}

function syntheticNotes(used: number, all: number): string[] {
  if (all === 0) return [];
  const leftOut = all - used;
  const rest = leftOut === 0 ? '' : `; ${leftOut} are left out, being made of reviews that are held out`;
  return [`of the rows to train on ${used} are synthetic${rest}`];
}

function rowsOf(id: number, { labelIds }: LabelledTexts): number {
  return labelIds.filter((label) => label === id).length;
}

function emptyClass(audit: string, label: string): OtzyvError {
  return new OtzyvError(
    'labels.empty-class',
    `${audit} leaves no row of "${label}" to train on`,
    'Write "keep" where the label is right.',
  );
}

/** Made, not written: see data/synthetic.ts. */
interface SyntheticTexts {
  readonly texts: LabelledTexts;
  /** by row, the text it was made from */
  readonly origins: readonly (string | undefined)[];
  readonly groups: readonly string[] | undefined;
}

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
  const read = await readLabelled(trainFile, options, { clean, listen, signal, decisions });
  const reviews = read.filter(({ synthetic }) => synthetic === undefined);
  if (reviews.length === 0) throw onlySynthetic(trainFile);
  const made = read.filter(
    ({ synthetic, decision }) => synthetic !== undefined && decision?.kind !== 'exclude',
  );
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

/** The folds of a cross-validation of these rows. */
export function foldsOf({ labels, all, groups }: TrainingSource, plan: FoldPlan): AssignedFolds {
  return assignFolds({ labels, labelIds: all.labelIds, texts: all.originals, groups }, plan);
}

function foldOf(index: number, { foldOf: folds, warnings }: AssignedFolds): Split {
  const rows = folds.map((_, row) => row);
  return {
    train: rows.filter((row) => folds[row] !== index),
    validation: rows.filter((row) => folds[row] === index),
    warnings: [...warnings],
  };
}

function encoded(reviews: readonly CleanReview[], encoder: LabelEncoder, file: string): LabelledTexts {
  return {
    originals: reviews.map((review) => review.text),
    texts: reviews.map((review) => review.cleaned),
    labelIds: reviews.map((review) => encodeLabel(encoder, review, file)),
    rows: reviews.map((review) => review.row),
    columns: Object.fromEntries(
      Object.keys(reviews[0]?.slices ?? {}).map((name) => [
        name,
        reviews.map(({ slices }) => slices?.[name] ?? ''),
      ]),
    ),
  };
}

function joined(a: LabelledTexts, b: LabelledTexts): LabelledTexts {
  return {
    originals: [...a.originals, ...b.originals],
    texts: [...a.texts, ...b.texts],
    labelIds: [...a.labelIds, ...b.labelIds],
    rows: [...a.rows, ...b.rows],
    columns: Object.fromEntries(
      Object.entries(a.columns).map(([name, values]) => [name, [...values, ...(b.columns[name] ?? [])]]),
    ),
  };
}

type CleanReview = Review & { cleaned: string; decision?: RowDecision };

interface Reading {
  readonly clean: (text: string) => string;
  readonly listen: Listener;
  readonly signal: AbortSignal | undefined;
  readonly decisions?: RowDecisions | undefined;
}

/** To measure on. */
async function readWritten(file: string, options: ReadingOptions, reading: Reading): Promise<CleanReview[]> {
  const reviews = await readLabelled(file, options, reading);
  const written = reviews.filter(({ synthetic }) => synthetic === undefined);
  if (written.length === 0) throw onlySynthetic(file);
  const made = reviews.length - written.length;
  if (made > 0) {
    const message = `${file}: ${made} rows are marked as synthetic, and not measured on`;
    reading.listen({ type: 'warning', message });
  }
  return written;
}

/** Groups are what a number may hide best: it is always looked at by them. */
function slicedBy({ groupColumn, sliceColumns = [] }: ReadingOptions): string[] {
  return [...new Set([...(groupColumn === undefined ? [] : [groupColumn]), ...sliceColumns])];
}

async function readLabelled(
  file: string,
  options: ReadingOptions,
  { clean, listen, signal, decisions }: Reading,
): Promise<CleanReview[]> {
  const reviews: CleanReview[] = [];
  const counts = new Map<string, number>();
  let emptyTexts = 0;
  let badRows = 0;
  const rows = readReviews(file, {
    textColumn: options.textColumn,
    labelColumn: options.labelColumn,
    groupColumn: options.groupColumn,
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

function splitOf(source: TrainingSource, { fold, validationFraction, seed }: DatasetOptions): Split {
  if (fold !== undefined) return foldOf(fold.index, foldsOf(source, { ...fold, seed }));
  const { labels, all, groups } = source;
  const how = { labels, validationFraction, seed };
  return groups === undefined ? stratifiedSplit(all.labelIds, how) : groupSplit(groups, all.labelIds, how);
}

function pick(all: LabelledTexts, indices: readonly number[]): LabelledTexts {
  const take = <T>(items: readonly T[]) => indices.map((index) => items[index] as T);
  return {
    originals: take(all.originals),
    texts: take(all.texts),
    labelIds: take(all.labelIds),
    rows: take(all.rows),
    columns: Object.fromEntries(Object.entries(all.columns).map(([name, values]) => [name, take(values)])),
  };
}
