/**
 * A trained classifier: one kind of answer, whatever the model. Texts go in as people wrote them; cleaning is
 * the classifier's own, learned with it.
 */
import { join } from 'node:path';
import { type CleaningSpec, cleaner, OtzyvError } from '@otzyv/core';
import type { OnnxDevice } from '../engine/onnx/devices.ts';
import { type FetchOptions, fetchModel } from '../hub/fetch-model.ts';
import { exists, MODEL_FILE, type ModelCard, readModelCard } from '../model/model-folder.ts';
import { PREVIOUS } from '../training/work-folder.ts';
import { loadBertModel } from './bert-model.ts';
import { classShares } from './class-shares.ts';
import { calibrated, uncalibrated } from './decision.ts';
import { type Dtype, type DtypeName, resolveDtype } from './dtype.ts';
import { loadEnsemble } from './ensemble.ts';
import { loadLinearModel } from './linear-model.ts';
import { readTuning, type Tuning } from './tuning.ts';

/** The part of a classifier that differs between kinds: from cleaned, non-empty texts to probabilities. */
export interface Model {
  readonly kind: ModelCard['kind'];
  readonly labels: readonly string[];
  /** The length in tokens at which texts are cut; a linear model cuts nothing. */
  readonly maxLength: number | undefined;
  predict(texts: readonly string[], options?: PredictOptions): Promise<ModelAnswer>;
  dispose(): Promise<void>;
}

export interface PredictOptions {
  /** Aborted: the answer is given up, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of texts answered. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** What a model took in of a text: tokens of a BERT, words of a linear model, both of each member of an ensemble. */
export interface Reading {
  readonly tokens: number;
  /** of them: those that say nothing to it, since it has never seen them */
  readonly unknown: number;
}

/** What a model answers to texts, in their order. */
export interface ModelAnswer {
  /** [texts × classes], each row summing to one */
  readonly probabilities: Float32Array;
  /** Which texts were cut at the length limit. */
  readonly truncated: readonly boolean[];
  /** Absent where the model does not tell. */
  readonly readings?: readonly Reading[];
}

export interface ClassifierAnswer extends ModelAnswer {
  /** Which texts had nothing in them, before or after cleaning. */
  readonly empty: readonly boolean[];
}

/**
 * A trained model that takes texts as people write them, and answers with calibrated probabilities where its card holds a
 * temperature; `decide` makes labels of them. Give it back with `dispose`.
 */
export interface Classifier extends Model {
  /** Absent where the folder was not written by Otzyv. */
  readonly card: ModelCard | undefined;
  /**
   * A text with nothing in it, before or after cleaning, gets the shares of the classes in the training data:
   * the most frequent class, with a confidence that says how little that means.
   */
  predict(texts: readonly string[], options?: PredictOptions): Promise<ClassifierAnswer>;
}

/** How a classifier is got, and run. Threads and batch size: as `tuneClassifier` remembered them, where nothing is said. */
export interface ClassifierOptions extends FetchOptions, Partial<Tuning> {
  /** `int8` answers from the quantised file that `exportModel` adds (default: float32). */
  readonly dtype?: DtypeName;
  /** Where a BERT is run (default: cpu); a linear model needs none. */
  readonly device?: OnnxDevice;
  /** The model's own scores, as if it had never been calibrated. */
  readonly isRaw?: boolean;
}

/**
 * @param nameOrPath a model's folder, a run's folder (its best model then), or a hub id
 * @throws OtzyvError `model.*` or `hub.*`
 */
export async function loadClassifier(
  nameOrPath: string,
  { dtype: dtypeName = 'float32', isRaw = false, ...options }: ClassifierOptions = {},
): Promise<Classifier> {
  const dtype = resolveDtype(dtypeName);
  if (['linear', 'micro'].includes(nameOrPath) && !(await exists(nameOrPath))) {
    throw new OtzyvError(
      'model.not-trained',
      `"${nameOrPath}" is a kind of model, not a trained one`,
      `Train it first (otzyv train --model ${nameOrPath} …), then name the run's folder.`,
    );
  }
  const classifier = await openFolder(await resolveModelFolder(nameOrPath, options), dtype, options);
  return isRaw ? uncalibrated(classifier) : calibrated(classifier);
}

/** With its own scores: the members of an ensemble are pooled by weights that were learned on those. */
async function openFolder(
  folder: string,
  dtype: Dtype,
  options: Omit<ClassifierOptions, 'dtype' | 'isRaw'>,
): Promise<Classifier> {
  const card = await readModelCard(folder);
  if (card?.kind === 'linear') {
    if (dtype !== 'float32') throw notQuantized(`${folder} is a linear model`, dtype);
    return withCleaning(await loadLinearModel(folder, card), card);
  }
  const tuned = { ...(await readTuning(folder, dtype)), ...options };
  if (card?.kind !== 'ensemble')
    return withCleaning(await loadBertModel(folder, card, { ...tuned, dtype }), card);
  const classifier = await loadEnsemble(folder, card, async (member) => {
    const isLinear = (await readModelCard(member))?.kind === 'linear';
    return openFolder(member, isLinear ? 'float32' : dtype, tuned);
  });
  if (dtype === 'float32' || classifier.maxLength !== undefined) return classifier;
  await classifier.dispose();
  throw notQuantized(`${folder} is an ensemble without a BERT`, dtype);
}

function notQuantized(what: string, dtype: Dtype): OtzyvError {
  return new OtzyvError('model.not-quantized', `${what}: it has no ${dtype}`, 'Leave the dtype out.');
}

/**
 * Where the model lies: the folder itself, the best of a run, that of the run before where the present one has none yet
 * and was to overwrite it, or the local copy of a model of the hub.
 */
export async function resolveModelFolder(nameOrPath: string, options: FetchOptions): Promise<string> {
  for (const folder of [nameOrPath, join(nameOrPath, 'best'), join(nameOrPath, PREVIOUS, 'best')]) {
    if ((await exists(join(folder, MODEL_FILE))) || (await exists(join(folder, 'config.json'))))
      return folder;
  }
  if (await exists(nameOrPath)) {
    throw new OtzyvError(
      'model.not-a-model',
      `${nameOrPath} holds no model (no config.json, no ${MODEL_FILE}, no best/ with them)`,
      'Name a model folder, the folder of a finished run, or the id of a model on the hub.',
    );
  }
  return fetchModel(nameOrPath, options).catch((error: unknown) => {
    if (!(error instanceof OtzyvError) || !['hub.network', 'hub.not-found'].includes(error.code)) throw error;
    const message = `there is no folder "${nameOrPath}" here, and of the hub: ${error.message}`;
    throw new OtzyvError(error.code, message, `Check the spelling. ${error.hint}`, { cause: error });
  });
}

/** Cleaning before the model, and an answer for texts that have nothing in them. */
const NOTHING_READ: Reading = { tokens: 0, unknown: 0 };

export function withCleaning(model: Model, card: ModelCard | undefined): Classifier {
  const spec: CleaningSpec = card?.cleaning ?? { preset: 'none' };
  const clean = cleaner(spec);
  const prior = classShares(card?.classCounts, model.labels.length);
  return {
    ...model,
    card,
    predict: async (texts, options) => {
      const cleaned = texts.map(clean);
      const empty = cleaned.map((text) => text.trim() === '');
      const filled = cleaned.flatMap((_, index) => (empty[index] ? [] : [index]));
      const answer = await model.predict(
        filled.map((index) => cleaned[index] as string),
        options,
      );
      const classes = model.labels.length;
      const probabilities = new Float32Array(texts.length * classes);
      for (let i = 0; i < texts.length; i++) probabilities.set(prior, i * classes);
      const truncated = texts.map(() => false);
      const readings = texts.map((): Reading => NOTHING_READ);
      filled.forEach((index, row) => {
        probabilities.set(answer.probabilities.subarray(row * classes, (row + 1) * classes), index * classes);
        truncated[index] = answer.truncated[row] as boolean;
        readings[index] = answer.readings?.[row] ?? NOTHING_READ;
      });
      return { probabilities, truncated, empty, ...(answer.readings !== undefined && { readings }) };
    },
  };
}
