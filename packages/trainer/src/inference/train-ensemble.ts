/**
 * `otzyv ensemble`: learns how far each of several models is to be trusted, and writes what a run would: the model in
 * `best/`, its answers to the validation rows and their measurement, so that all that works on a run works on it.
 */
import { readdir } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { fileError, replaceFolder } from '../files.ts';
import type { FetchOptions } from '../hub/fetch-model.ts';
import { writeReport } from '../report/report.ts';
import { type EvaluationResult, evaluationOf } from '../training/evaluate.ts';
import { lookCloser } from '../training/look-closer.ts';
import { writePredictions } from '../training/predictions-file.ts';
import { writeResults } from '../training/results.ts';
import { withLockBeside } from '../training/run-lock.ts';
import { loadClassifier } from './classifier.ts';
import { askAll, type CommonPredictions, commonHeldOut } from './common-predictions.ts';
import { ENSEMBLE_FILE, writeEnsembleFile } from './ensemble-file.ts';
import { type Candidate, checkWeights, findCandidates, writeEnsemble } from './ensemble-folder.ts';
import type { LabelledFile } from './evaluate-file.ts';
import { learnWeights, pooled } from './log-linear-pool.ts';
import { rowsOf } from './probability-table.ts';

export interface TrainEnsembleOptions {
  /** runs, models' folders or hub ids: two or more */
  readonly models: readonly string[];
  readonly output: string;
  /** Labelled texts that no model has learned from; absent: the rows that all runs held out. */
  readonly validation?: LabelledFile | undefined;
  /** By model; absent: learned. */
  readonly weights?: readonly number[] | undefined;
  readonly overwrite?: boolean;
  readonly fetch?: FetchOptions;
  readonly signal?: AbortSignal | undefined;
  /** Called while a model answers the validation file, with the texts it has answered, of so many. */
  readonly onProgress?: ((model: string, done: number, total: number) => void) | undefined;
}

/** An ensemble that was made. */
export interface TrainedEnsemble {
  readonly output: string;
  readonly modelFolder: string;
  readonly members: readonly { readonly model: string; readonly weight: number }[];
  /** Absent where weights were given, and there are no texts that all models answered. */
  readonly measurement?: EnsembleMeasurement;
}

/** An ensemble beside its members, all on the same rows. */
export interface EnsembleMeasurement {
  /** By member. */
  readonly members: readonly EvaluationResult[];
  /** Of all together; where weights were learned, each row is answered with weights learned without it. */
  readonly together: EvaluationResult;
  /** Parts into which the rows were dealt for that; absent where nothing was learned. */
  readonly parts?: number;
  /** Texts left out, since some model finds nothing in them. */
  readonly emptyTexts: number;
}

const PARTS = 5;

/** @throws OtzyvError `options.*`, `labels.*`, `model.*`, `data.*`, `run.exists`, `run.locked`; the signal's reason when aborted. Nothing is written then. */
export async function trainEnsemble(options: TrainEnsembleOptions): Promise<TrainedEnsemble> {
  const { models, output, validation, weights: given, fetch = {}, signal, onProgress } = options;
  const begun = performance.now();
  checkAsked(models, given);
  const folder = resolve(output);
  await checkOutput(folder, output, options.overwrite === true);
  const candidates = await findCandidates(models, fetch);
  refuseTwice(candidates);
  refuseInside(folder, output, candidates);
  const common = await (validation === undefined
    ? commonHeldOut(candidates)
    : askAll(candidates, validation, { fetch, signal, onProgress }));
  const learned = typeof common === 'string' ? undefined : learnFrom(common, given);
  const weights = given ?? learned?.weights;
  if (weights === undefined) throw validationMissing(common as string);
  signal?.throwIfAborted();

  const members = models.map((model, m) => ({ model, weight: weights[m] as number }));
  const fill = async (unfinished: string) => {
    await writeEnsemble(join(unfinished, 'best'), {
      members: members.map(({ model, weight }) => ({ folder: model, weight })),
      ...(learned && { evaluation: learned.measurement.together }),
      fetch,
    });
    await writeEnsembleFile(unfinished, {
      weights: given === undefined ? 'learned' : 'given',
      validationFile: validation?.file ?? null,
      rows: learned?.common.rows.length ?? 0,
      members: members.map((member, m) => ({ ...member, metrics: learned?.measurement.members[m]?.metrics })),
    });
    if (learned !== undefined)
      await writeMeasurement(unfinished, learned, { elapsedMs: performance.now() - begun, signal });
  };
  await withLockBeside(folder, async () => {
    await checkOutput(folder, output, options.overwrite === true); // another process may have been here meanwhile
    await replaceFolder(folder, fill);
  });
  return {
    output,
    modelFolder: join(output, 'best'),
    members,
    ...(learned && { measurement: learned.measurement }),
  };
}

interface Learned {
  readonly common: CommonPredictions;
  readonly weights: readonly number[];
  /** Of all together, [rows × classes]. */
  readonly probabilities: Float32Array;
  readonly measurement: EnsembleMeasurement;
}

function learnFrom(common: CommonPredictions, given: readonly number[] | undefined): Learned {
  const { labels, labelIds, members, truncatedShare, emptyTexts } = common;
  const measured = (probabilities: Float32Array): EvaluationResult => ({
    ...evaluationOf(probabilities, labelIds, labels, []),
    truncatedShare,
  });
  const parts = Math.min(PARTS, labelIds.length);
  const probabilities = given ? pooled(members, given, labels.length) : crossFitted(common, parts);
  return {
    common,
    weights: given ?? learnWeights(members, labelIds, labels.length),
    probabilities,
    measurement: {
      members: members.map(measured),
      together: measured(probabilities),
      ...(given === undefined && { parts }),
      emptyTexts,
    },
  };
}

async function writeMeasurement(
  folder: string,
  { common, probabilities, measurement }: Learned,
  asked: { elapsedMs: number; signal: AbortSignal | undefined },
): Promise<void> {
  const predictions = { ...common, probabilities };
  await writePredictions(join(folder, 'validation_pred.csv'), predictions);
  await writeResults(folder, measurement.together, common.seconds);
  const classifier = await loadClassifier(folder, { isRaw: true });
  try {
    await lookCloser({ run: folder, classifier, predictions, ...asked });
  } finally {
    await classifier.dispose();
  }
  await writeReport(folder);
}

function validationMissing(reason: string): OtzyvError {
  return new OtzyvError(
    'options.missing',
    `--validation-file is missing: weights are learned on texts that all models answered and none learned from, and ${reason}`,
    'Name a labelled file that no model has learned from (--validation-file FILE), or say the weights yourself (--weights).',
  );
}

/**
 * Each row answered with weights that were learned without it: dealt out by class, row after row.
 * @returns [rows × classes]
 */
function crossFitted({ members, labelIds, labels }: CommonPredictions, parts: number): Float32Array {
  const classes = labels.length;
  const byClass = labelIds.map((_, i) => i).sort((a, b) => (labelIds[a] as number) - (labelIds[b] as number));
  const result = new Float32Array(labelIds.length * classes);
  for (let part = 0; part < parts; part++) {
    const rest = byClass.filter((_, i) => i % parts !== part);
    const own = byClass.filter((_, i) => i % parts === part);
    const weights = learnWeights(
      members.map((member) => rowsOf(member, rest, classes)),
      rest.map((i) => labelIds[i] as number),
      classes,
    );
    const answers = pooled(
      members.map((member) => rowsOf(member, own, classes)),
      weights,
      classes,
    );
    own.forEach((row, i) => {
      result.set(answers.subarray(i * classes, (i + 1) * classes), row * classes);
    });
  }
  return result;
}

function checkAsked(models: readonly string[], weights: readonly number[] | undefined): void {
  if (models.length < 2) {
    throw new OtzyvError(
      'options.missing',
      `an ensemble is made of two models or more, not of ${models.length}`,
      'Name them one after the other: otzyv ensemble runs/linear runs/micro --output runs/both',
    );
  }
  if (weights === undefined) return;
  if (weights.length !== models.length) {
    throw new OtzyvError(
      'options.weights',
      `${weights.length} weights for ${models.length} models`,
      'Name a weight for each model, in their order, or none: then they are learned.',
    );
  }
  checkWeights(weights);
}

function refuseTwice(candidates: readonly Candidate[]): void {
  const paths = candidates.map(({ path }) => resolve(path));
  const twice = candidates.find((_, i) => paths.indexOf(paths[i] as string) !== i);
  if (twice === undefined) return;
  throw new OtzyvError('options.twice', `${twice.asked} is named twice`, 'Name each model once.');
}

/** Overwriting must not take a member away. */
function refuseInside(folder: string, output: string, candidates: readonly Candidate[]): void {
  const inside = candidates.find(({ path }) => `${resolve(path)}${sep}`.startsWith(folder + sep));
  if (inside === undefined) return;
  throw new OtzyvError(
    'run.exists',
    `${inside.asked} is to be a member, and lies in ${output}, which would be replaced`,
    'Choose another --output.',
  );
}

/** What may stand in an ensemble's folder that is replaced. */
const CONTENT = [
  'best',
  ENSEMBLE_FILE,
  'eval_results.json',
  'examples.json',
  'answer_times.json',
  'report.html',
  'test_pred.csv',
  'validation_pred.csv',
];

/** As with a run: one that lies there is replaced where that was asked for, other files never are. */
async function checkOutput(folder: string, output: string, overwrite: boolean): Promise<void> {
  const present = await readdir(folder).catch((error: unknown): string[] => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileError(error, output);
  });
  if (present.length === 0) return;
  const foreign = present.filter((name) => !CONTENT.includes(name));
  const isEnsemble = present.includes(ENSEMBLE_FILE);
  if (isEnsemble && foreign.length === 0 && overwrite) return;
  const [what, hint] = !isEnsemble
    ? [`is not empty (${present.slice(0, 3).join(', ')} …)`, 'Choose another --output.']
    : overwrite
      ? [
          `holds other files, too (${foreign.slice(0, 3).join(', ')} …)`,
          'Move them away, or choose another --output.',
        ]
      : ['holds an ensemble already', 'Choose another --output, or --overwrite.'];
  throw new OtzyvError('run.exists', `${output} ${what}`, hint);
}
