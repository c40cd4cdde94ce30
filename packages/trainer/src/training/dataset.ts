/**
 * From files to labelled examples on two sides, one to train on and one to measure on. Whatever was dropped or looks
 * wrong is said in `warnings`.
 */
import { OtzyvError } from '@otzyv/core';
import { type AssignedFolds, assignFolds, type FoldPlan } from '../data/assign-folds.ts';
import { fingerprintFile } from '../data/fingerprint.ts';
import { groupSplit, type Split, stratifiedSplit } from '../data/split.ts';
import type { Listener } from './events.ts';
import type { DataFingerprints } from './going-on.ts';
import { joined, type LabelledTexts, pick } from './labelled-texts.ts';
import type { RunOptions } from './options.ts';
import { syntheticNotes, syntheticToTrainOn } from './synthetic-rows.ts';
import { type ReadingOptions, readTraining, readValidation, type TrainingSource } from './training-file.ts';

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
    file === undefined ? undefined : await readValidation(file, options, source, listen, signal);
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

function splitOf(source: TrainingSource, { fold, validationFraction, seed }: DatasetOptions): Split {
  if (fold !== undefined) return foldOf(fold.index, foldsOf(source, { ...fold, seed }));
  const { labels, all, groups } = source;
  const how = { labels, validationFraction, seed };
  return groups === undefined ? stratifiedSplit(all.labelIds, how) : groupSplit(groups, all.labelIds, how);
}
