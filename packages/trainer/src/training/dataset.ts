/**
 * From files to labelled examples on two sides: read, clean, encode, split. Whatever was dropped or looks
 * wrong is said in `warnings`.
 */
import { cleaner, createLabelEncoder, doubledLabels, type LabelEncoder, OtzyvError } from '@otzyv/core';
import { type AssignedFolds, assignFolds, type FoldPlan } from '../data/assign-folds.ts';
import { fingerprintFile } from '../data/fingerprint.ts';
import { encodeLabel, type Review, readReviews } from '../data/read.ts';
import { groupSplit, type Split, stratifiedSplit } from '../data/split.ts';
import type { ClassCount, Listener } from './events.ts';
import type { RunOptions } from './options.ts';
import type { DataFingerprints } from './run-folder.ts';

export interface LabelledTexts {
  /** As they stand in the file. */
  readonly originals: readonly string[];
  /** Cleaned. */
  readonly texts: readonly string[];
  readonly labelIds: readonly number[];
  /** Data rows of the file, from 1. */
  readonly rows: readonly number[];
}

export interface Dataset {
  /** The class names, sorted. */
  readonly labels: readonly string[];
  readonly train: LabelledTexts;
  readonly validation: LabelledTexts;
  /** In the training part, by class id. */
  readonly classCounts: readonly number[];
  readonly fingerprints: DataFingerprints;
}

type DatasetOptions = Pick<
  RunOptions,
  | 'trainFile'
  | 'validationFile'
  | 'textColumn'
  | 'labelColumn'
  | 'groupColumn'
  | 'validationFraction'
  | 'fold'
  | 'skipBadRows'
  | 'cleaning'
  | 'seed'
>;

export async function loadDataset(options: DatasetOptions, listen: Listener): Promise<Dataset> {
  const source = await readTraining(options, listen);
  const { labels, all } = source;
  const fingerprints = { ...source.fingerprints };
  let train = all;
  let validation: LabelledTexts;
  const warnings = [...source.warnings];
  if (options.validationFile !== undefined) {
    fingerprints[options.validationFile] = await fingerprintFile(options.validationFile);
    const { validationFile: file } = options;
    validation = encoded(await readLabelled(file, options, source.clean, listen), source.encoder, file);
  } else {
    const split =
      options.fold === undefined
        ? holdOut(source, options)
        : foldOf(options.fold.index, foldsOf(source, { ...options.fold, seed: options.seed }));
    warnings.push(...split.warnings);
    train = pick(all, split.train);
    validation = pick(all, split.validation);
  }
  const classCounts = labels.map((_, id) => train.labelIds.filter((label) => label === id).length);
  listen({ type: 'data.split', train: train.texts.length, validation: validation.texts.length, warnings });
  return { labels, train, validation, classCounts, fingerprints };
}

/** The training file before it is split. */
export interface TrainingSource {
  readonly labels: readonly string[];
  readonly all: LabelledTexts;
  /** by row; absent where no column of groups was named */
  readonly groups: readonly string[] | undefined;
  readonly fingerprints: DataFingerprints;
  readonly warnings: readonly string[];
  readonly encoder: LabelEncoder;
  readonly clean: (text: string) => string;
}

export async function readTraining(options: DatasetOptions, listen: Listener): Promise<TrainingSource> {
  const clean = cleaner(options.cleaning);
  const reviews = await readLabelled(options.trainFile, options, clean, listen);
  const encoder = createLabelEncoder(reviews.map((review) => review.label));
  const labels = encoder.classes;
  if (labels.length < 2) {
    throw new OtzyvError(
      'labels.one-class',
      `${options.trainFile} has only one label: "${labels[0]}"`,
      'A classifier needs at least two: check --label-column.',
    );
  }
  return {
    labels,
    all: encoded(reviews, encoder, options.trainFile),
    groups: options.groupColumn === undefined ? undefined : reviews.map((review) => review.group as string),
    fingerprints: { [options.trainFile]: await fingerprintFile(options.trainFile) },
    warnings: doubledLabels(labels).map(
      (spellings) =>
        `labels that differ only by case, spaces or ё count as ${spellings.length} classes: ${spellings.join(', ')}`,
    ),
    encoder,
    clean,
  };
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
  };
}

/** Both sides together, for a last training on everything. */
export function joined(a: LabelledTexts, b: LabelledTexts): LabelledTexts {
  return {
    originals: [...a.originals, ...b.originals],
    texts: [...a.texts, ...b.texts],
    labelIds: [...a.labelIds, ...b.labelIds],
    rows: [...a.rows, ...b.rows],
  };
}

type CleanReview = Review & { label: string; cleaned: string };

async function readLabelled(
  file: string,
  options: DatasetOptions,
  clean: (text: string) => string,
  listen: Listener,
): Promise<CleanReview[]> {
  const reviews: CleanReview[] = [];
  const counts = new Map<string, number>();
  let emptyTexts = 0;
  let badRows = 0;
  const rows = readReviews(file, {
    textColumn: options.textColumn,
    labelColumn: options.labelColumn,
    groupColumn: options.groupColumn,
    skipBadRows: options.skipBadRows,
    onBadRow: (row) => {
      badRows++;
      if (badRows <= 5) listen({ type: 'warning', message: `skipped: ${row.message}` });
    },
  });
  for await (const review of rows) {
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

function holdOut(
  { labels, all, groups }: TrainingSource,
  { validationFraction, seed }: DatasetOptions,
): Split {
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
  };
}
