/**
 * The linear model: TF-IDF and logistic regression, trained to convergence in seconds. The model to begin with,
 * and to beat.
 */
import { type ClassWeighting, classCounts, classWeights } from '@otzyv/core';
import { breathe } from '../breathe.ts';
import { type FeatureOptions, learnVocabulary, type Vocabulary, vectorize } from './features.ts';
import { minimize } from './lbfgs.ts';
import { logSumExp, objective, scoresOf } from './logistic-regression.ts';

/** TF-IDF and the weights on it. */
export interface LinearModel {
  readonly vocabulary: Vocabulary;
  readonly classes: number;
  /** weights [classes × columns], then the intercepts [classes] */
  readonly parameters: Float32Array;
}

/** One iteration of the fit. */
export interface LinearProgress {
  readonly iteration: number;
  readonly objective: number;
  readonly gradientNorm: number;
}

/** How many classes, how they weigh, and what to call on the way. */
export interface LinearOptions {
  readonly classes: number;
  readonly classWeights: ClassWeighting;
  readonly onIteration?: (progress: LinearProgress) => void;
  readonly signal?: AbortSignal;
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
/** Of the gradient per row; tighter ones change no answer. */
const TOLERANCE = 3e-4;

/**
 * @param texts  cleaned
 * @param labels class ids
 */
export async function trainLinear(
  texts: readonly string[],
  labels: ArrayLike<number>,
  { classes, classWeights: weighting, onIteration, signal }: LinearOptions,
): Promise<LinearFit> {
  const vocabulary = learnVocabulary(texts, LINEAR_FEATURES);
  const rows = vectorize(texts, vocabulary);
  const weights = classWeights(classCounts(Array.from(labels), classes), weighting);
  const task = { rows, labels, classes, classWeights: weights, C };
  const { x, iterations, isConverged } = await minimize(
    (parameters) => objective(task, parameters),
    new Float64Array((rows.columns + 1) * classes),
    {
      maxIterations: MAX_ITERATIONS,
      gradientTolerance: TOLERANCE * texts.length,
      onIteration: async ({ iteration, value, gradientNorm }) => {
        onIteration?.({ iteration, objective: value, gradientNorm });
        await breathe();
        return signal?.aborted === true;
      },
    },
  );
  return { model: { vocabulary, classes, parameters: Float32Array.from(x) }, iterations, isConverged };
}

/** @returns probabilities [texts × classes] */
export function predictLinear(
  { vocabulary, classes, parameters }: LinearModel,
  texts: readonly string[],
): Float32Array {
  const rows = vectorize(texts, vocabulary);
  const probabilities = new Float32Array(texts.length * classes);
  const scores = scoresOf(rows, parameters, classes);
  for (let row = 0; row < texts.length; row++) {
    const logTotal = logSumExp(scores, row);
    scores.forEach((ofClass, c) => {
      probabilities[row * classes + c] = Math.exp((ofClass[row] as number) - logTotal);
    });
  }
  return probabilities;
}
