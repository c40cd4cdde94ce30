/**
 * A trained classifier: one kind of answer, whatever the model. Texts go in as people wrote them; cleaning is
 * the classifier's own, learned with it.
 */
import { join } from 'node:path';
import { type CleaningSpec, cleaner, OtzyvError } from '@otzyv/core';
import type { OnnxDevice } from '../engine/onnx/devices.ts';
import { type FetchOptions, fetchModel } from '../hub/fetch-model.ts';
import { exists, MODEL_FILE, type ModelCard, readModelCard } from '../model/model-folder.ts';
import { loadBertModel } from './bert-model.ts';
import { type DtypeName, resolveDtype } from './dtype.ts';
import { loadLinearModel } from './linear-model.ts';
import { readTuning, type Tuning } from './tuning.ts';

/** The part of a classifier that differs between kinds: from cleaned, non-empty texts to probabilities. */
export interface Model {
  readonly kind: 'bert' | 'linear';
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

/** What a model answers to texts, in their order. */
export interface ModelAnswer {
  /** [texts × classes], each row summing to one */
  readonly probabilities: Float32Array;
  /** Which texts were cut at the length limit. */
  readonly truncated: readonly boolean[];
}

export interface ClassifierAnswer extends ModelAnswer {
  /** Which texts had nothing in them, before or after cleaning. */
  readonly empty: readonly boolean[];
}

/** A trained model that takes texts as people write them. Give it back with `dispose`. */
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
}

/**
 * @param nameOrPath a model's folder, a run's folder (its best model then), or a hub id
 * @throws OtzyvError `model.*` or `hub.*`
 */
export async function loadClassifier(
  nameOrPath: string,
  { dtype: dtypeName = 'float32', ...options }: ClassifierOptions = {},
): Promise<Classifier> {
  const dtype = resolveDtype(dtypeName);
  if (['linear', 'micro'].includes(nameOrPath) && !(await exists(nameOrPath))) {
    throw new OtzyvError(
      'model.not-trained',
      `"${nameOrPath}" is a kind of model, not a trained one`,
      `Train it first (otzyv train --model ${nameOrPath} …), then name the run's folder.`,
    );
  }
  const folder = await resolveModelFolder(nameOrPath, options);
  const card = await readModelCard(folder);
  if (card?.kind === 'linear' && dtype !== 'float32') {
    throw new OtzyvError(
      'model.not-quantized',
      `${nameOrPath} is a linear model: it has no ${dtype}`,
      'Leave the dtype out.',
    );
  }
  const model =
    card?.kind === 'linear'
      ? await loadLinearModel(folder, card)
      : await loadBertModel(folder, card, { ...(await readTuning(folder, dtype)), ...options, dtype });
  return withCleaning(model, card);
}

/** Where the model lies: the folder itself, the best of a run, or the local copy of a model of the hub. */
export async function resolveModelFolder(nameOrPath: string, options: FetchOptions): Promise<string> {
  for (const folder of [nameOrPath, join(nameOrPath, 'best')]) {
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
      filled.forEach((index, row) => {
        probabilities.set(answer.probabilities.subarray(row * classes, (row + 1) * classes), index * classes);
        truncated[index] = answer.truncated[row] as boolean;
      });
      return { probabilities, truncated, empty };
    },
  };
}

function classShares(counts: readonly number[] | undefined, classes: number): Float32Array {
  const total = counts?.reduce((sum, count) => sum + count, 0) ?? 0;
  if (counts === undefined || total === 0) return new Float32Array(classes).fill(1 / classes);
  return Float32Array.from(counts, (count) => count / total);
}
