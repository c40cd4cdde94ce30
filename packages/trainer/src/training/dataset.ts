/**
 * From files to labelled examples on two sides: read, clean, encode, split. Whatever was dropped or looks
 * wrong is said in `warnings`.
 */
import { cleaner, createLabelEncoder, doubledLabels, OtzyvError } from '@otzyv/core';
import { fingerprintFile } from '../data/fingerprint.ts';
import { encodeLabel, type Review, readReviews } from '../data/read.ts';
import { groupSplit, stratifiedSplit } from '../data/split.ts';
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
  | 'skipBadRows'
  | 'cleaning'
  | 'seed'
>;

export async function loadDataset(options: DatasetOptions, listen: Listener): Promise<Dataset> {
  const clean = cleaner(options.cleaning);
  const training = await readLabelled(options.trainFile, options, clean, listen);
  const encoder = createLabelEncoder(training.map((review) => review.label));
  if (encoder.classes.length < 2) {
    throw new OtzyvError(
      'labels.one-class',
      `${options.trainFile} has only one label: "${encoder.classes[0]}"`,
      'A classifier needs at least two: check --label-column.',
    );
  }
  const encode = (reviews: readonly CleanReview[], file: string): LabelledTexts => ({
    originals: reviews.map((review) => review.text),
    texts: reviews.map((review) => review.cleaned),
    labelIds: reviews.map((review) => encodeLabel(encoder, review, file)),
    rows: reviews.map((review) => review.row),
  });

  const fingerprints: DataFingerprints = { [options.trainFile]: await fingerprintFile(options.trainFile) };
  const all = encode(training, options.trainFile);
  let train = all;
  let validation: LabelledTexts;
  const warnings = doubledLabels(encoder.classes).map(
    (spellings) =>
      `labels that differ only by case, spaces or ё count as ${spellings.length} classes: ${spellings.join(', ')}`,
  );
  if (options.validationFile !== undefined) {
    fingerprints[options.validationFile] = await fingerprintFile(options.validationFile);
    validation = encode(
      await readLabelled(options.validationFile, options, clean, listen),
      options.validationFile,
    );
  } else {
    const split = holdOut(training, all.labelIds, encoder.classes, options);
    warnings.push(...split.warnings);
    train = pick(all, split.train);
    validation = pick(all, split.validation);
  }
  const classCounts = encoder.classes.map((_, id) => train.labelIds.filter((label) => label === id).length);
  listen({ type: 'data.split', train: train.texts.length, validation: validation.texts.length, warnings });
  return { labels: encoder.classes, train, validation, classCounts, fingerprints };
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
  reviews: readonly CleanReview[],
  labelIds: readonly number[],
  labels: readonly string[],
  { groupColumn, validationFraction, seed }: DatasetOptions,
) {
  if (groupColumn === undefined) return stratifiedSplit(labelIds, { labels, validationFraction, seed });
  const groups = reviews.map((review) => review.group as string);
  return groupSplit(groups, labelIds, { labels, validationFraction, seed });
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
