/**
 * The linear model: TF-IDF and logistic regression, trained to convergence in seconds. The model to begin with,
 * and to beat.
 */
import { type ClassWeighting, classCounts, classWeights } from '@otzyv/core';
import { breathe } from '../breathe.ts';
import { centring } from './centring.ts';
import { type SparseRows, vectorize } from './features.ts';
import { minimize } from './lbfgs.ts';
import { objective, softmaxInPlace } from './logistic-regression.ts';
import { addRowProduct } from './sparse-products.ts';
import { vectorizerOf } from './vectorizer.ts';
import {
  type FeatureOptions,
  learnVocabulary,
  type OnTexts,
  TEXTS_AT_ONCE,
  type Vocabulary,
} from './vocabulary.ts';

/** TF-IDF and the weights on it. */
export interface LinearModel {
  readonly vocabulary: Vocabulary;
  readonly classes: number;
  /** weights [columns × classes], then the intercepts [classes] */
  readonly parameters: Float32Array;
}

/** One iteration of the fit. */
export interface LinearProgress {
  readonly iteration: number;
  readonly objective: number;
  readonly gradientNorm: number;
}

/** What is done with the texts before the fit: which features they have, then which each has. */
export interface LinearFeatureProgress {
  readonly stage: 'vocabulary' | 'vectors';
  /** texts */
  readonly done: number;
  readonly total: number;
}

/** How many classes, how they weigh, and what to call on the way. */
export interface LinearOptions {
  readonly classes: number;
  readonly classWeights: ClassWeighting;
  /** By text, above zero: one of weight 2 is fitted, and counted in its class, as two of its like. Absent: all ones. */
  readonly exampleWeights?: ArrayLike<number> | undefined;
  readonly onFeatures?: (progress: LinearFeatureProgress) => void;
  readonly onIteration?: (progress: LinearProgress) => void;
  /** Aborted: the training is given up, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Aborted: the fit ends with the iteration it is in. */
  readonly deadline?: AbortSignal | undefined;
}

/** A fitted model, and how its fit ended. */
export interface LinearFit {
  readonly model: LinearModel;
  readonly iterations: number;
  readonly isConverged: boolean;
}

export const LINEAR_FEATURES: FeatureOptions = {
  words: [1, 2],
  characters: [2, 5],
  minDocumentFrequency: 2,
  maxFeatures: 500_000,
};

/** Inverse strength of the regularisation, the same as of the peer in bench/linear.js. */
const C = 5;
const MAX_ITERATIONS = 300;
/**
 * Of the gradient by centred parameters, per C and weight of a row. With these the gradient by the parameters as they
 * are stays below scikit-learn's tolerance, which is 1e-4 in the same terms.
 */
const TOLERANCE = 1e-5;

/**
 * @param texts  cleaned
 * @param labels class ids
 */
export async function trainLinear(
  texts: readonly string[],
  labels: ArrayLike<number>,
  {
    classes,
    classWeights: weighting,
    exampleWeights,
    onFeatures,
    onIteration,
    signal,
    deadline,
  }: LinearOptions,
): Promise<LinearFit> {
  const progressOf = (stage: LinearFeatureProgress['stage']) => (done: number) => {
    onFeatures?.({ stage, done, total: texts.length });
    signal?.throwIfAborted();
  };
  signal?.throwIfAborted();
  const vocabulary = await learnVocabulary(texts, LINEAR_FEATURES, progressOf('vocabulary'));
  const blocks = await vectorizeInBlocks(texts, vocabulary, progressOf('vectors'));
  const weights = classWeights(classCounts(Array.from(labels), classes, exampleWeights), weighting);
  const rowWeight = (row: number) =>
    (weights[labels[row] as number] as number) * (exampleWeights?.[row] ?? 1);
  const task = { blocks, labels, classes, classWeights: weights, exampleWeights, C };
  const { plain, centred } = centring(blocks, rowWeight, classes);
  let totalWeight = 0;
  for (let row = 0; row < labels.length; row++) totalWeight += rowWeight(row);
  const { x, iterations, isConverged } = await minimize(
    async (parameters) => {
      const point = await objective(task, plain(parameters));
      signal?.throwIfAborted();
      return centred(point);
    },
    new Float64Array((vocabulary.idf.length + 1) * classes),
    {
      maxIterations: MAX_ITERATIONS,
      gradientTolerance: TOLERANCE * C * totalWeight,
      onIteration: async ({ iteration, value, gradientNorm }) => {
        onIteration?.({ iteration, objective: value, gradientNorm });
        await breathe();
        return deadline?.aborted === true;
      },
    },
  );
  return {
    model: { vocabulary, classes, parameters: Float32Array.from(plain(x)) },
    iterations,
    isConverged,
  };
}

async function vectorizeInBlocks(
  texts: readonly string[],
  vocabulary: Vocabulary,
  onTexts: OnTexts,
): Promise<SparseRows[]> {
  const blocks: SparseRows[] = [];
  for (let start = 0; start < texts.length; start += TEXTS_AT_ONCE) {
    blocks.push(vectorize(texts.slice(start, start + TEXTS_AT_ONCE), vocabulary));
    onTexts(Math.min(texts.length, start + TEXTS_AT_ONCE));
    await breathe();
  }
  return blocks;
}

/**
 * @param onText is told how many words each text has, and how many of them the model does not know
 * @returns probabilities [texts × classes]
 */
export function predictLinear(
  { vocabulary, classes, parameters }: LinearModel,
  texts: readonly string[],
  onText?: (row: number, words: number, unknownWords: number) => void,
): Float32Array {
  const vectorOf = vectorizerOf(vocabulary);
  const intercepts = parameters.subarray(vocabulary.idf.length * classes);
  const probabilities = new Float32Array(texts.length * classes);
  const scores = new Float64Array(classes);
  texts.forEach((text, row) => {
    const vector = vectorOf(text);
    onText?.(row, vector.words, vector.unknownWords);
    scores.set(intercepts);
    addRowProduct(vector, vector.size, parameters, scores);
    softmaxInPlace(scores, 0, classes);
    probabilities.set(scores, row * classes);
  });
  return probabilities;
}
