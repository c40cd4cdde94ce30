/** What every use of a BERT's training begins with: weights, tokenised texts, an engine. */
import { classCounts, classWeights, OtzyvError } from '@otzyv/core';
import { paddedLength } from '../data/batches.ts';
import { DEFAULT_ADAMW } from '../engine/adamw.ts';
import { chooseEngine, startEngine } from '../engine/choose.ts';
import type { Engine } from '../engine/engine.ts';
import type { Objective } from '../engine/objective.ts';
import { type Purpose, type StartingPoint, startingPoint } from '../model/starting-point.ts';
import type { Tokenizer } from '../tokenizer/load.ts';
import { checkSubwordDropout, piecesWithin } from '../tokenizer/subword-dropout.ts';
import { type CompactStart, compacted } from './compact-embeddings.ts';
import type { RunEvent } from './events.ts';
import type { LabelledTexts } from './labelled-texts.ts';
import type { RunOptions } from './options.ts';
import type { RunContext, TrainingTask } from './trainer.ts';
import type { Examples } from './training-set.ts';

/** Which model training begins with. */
export type StartOptions = Pick<
  RunOptions,
  'model' | 'seed' | 'maxLength' | 'dropout' | 'revision' | 'offline'
>;

/** How a model is trained. */
export type EngineSetup = Pick<
  RunOptions,
  'engine' | 'device' | 'weightDecay' | 'maxGradNorm' | 'seed' | 'threads'
>;

/** The model to begin with, without the rows that no text of the data set uses. */
export async function prepare({ options, dataset, context }: TrainingTask): Promise<CompactStart> {
  const { maxLength } = options;
  const purpose = { kind: 'classification', labels: dataset.labels } as const;
  const start = await beginFrom(purpose, options, dataset.train.texts, context);
  const tokenIds = [...dataset.train.texts, ...dataset.validation.texts].map(
    (text) => start.tokenizer.encode(text, maxLength).ids,
  );
  checkSubwordDropout(options, start.tokenizer);
  return compacted(start, inUse(tokenIds, start.tokenizer, options), paddedLength(maxLength));
}

/** All token ids that a training may meet. */
export function inUse(
  tokenIds: readonly (readonly number[])[],
  tokenizer: Tokenizer,
  { subwordDropout }: Pick<RunOptions, 'subwordDropout'>,
): (readonly number[])[] {
  return subwordDropout === 0 ? [...tokenIds] : [...tokenIds, [...piecesWithin(tokenIds, tokenizer)]];
}

/** @param texts cleaned training texts, from which `micro` learns its vocabulary */
export async function beginFrom(
  purpose: Purpose,
  { model, seed, maxLength, dropout, revision, offline }: StartOptions,
  texts: readonly string[],
  context: RunContext,
): Promise<StartingPoint> {
  const start = await startingPoint(
    {
      ...context.fetch,
      ...(revision !== undefined && { revision }),
      ...(offline && { offline }),
      ...(context.signal && { signal: context.signal }),
      onProgress: (progress) => context.listen({ type: 'download', ...progress }),
      ...{ model, purpose, seed, maxLength, dropout },
    },
    texts,
  );
  if (maxLength > start.config.maxPositions) {
    throw new OtzyvError(
      'options.max-length',
      `--max-length ${maxLength} is more than the ${start.config.maxPositions} positions that ${model} has`,
      `Choose ${start.config.maxPositions} or less.`,
    );
  }
  return start;
}

export function tokenize(
  { texts, labelIds, weights }: LabelledTexts,
  { tokenizer }: StartingPoint,
  maxLength: number,
) {
  const encodings = texts.map((text) => tokenizer.encode(text, maxLength));
  const examples: Examples = { tokenIds: encodings.map(({ ids }) => ids), labelIds, weights };
  return {
    examples,
    truncatedShare: encodings.filter(({ isTruncated }) => isTruncated).length / encodings.length,
  };
}

/** What there is to tell of a model before its first step. */
export function modelReady(
  start: CompactStart,
  { model, ...training }: { model: string; truncatedShare: number; totalSteps: number },
): RunEvent {
  return {
    ...{ type: 'model.ready', model, ...training },
    parameters: start.parameters.all,
    trainedParameters: start.parameters.trained,
    vocabulary: start.configJson['vocab_size'] as number,
    newWeights: model === 'micro' ? [] : [...start.newWeights],
  };
}

/** What batches are padded with, and how far they may be. */
export function paddingOf({ tokenizer, config }: StartingPoint) {
  return { padTokenId: tokenizer.padTokenId, longest: config.maxPositions };
}

/** Starts the engine that was asked for, and tells which it is and where it runs. */
export function createEngine(
  start: StartingPoint,
  { options, dataset, context }: TrainingTask,
): Promise<Engine> {
  const { train, labels } = dataset;
  const classes = labels.length;
  const objective: Objective = {
    kind: 'classification',
    classes,
    loss: options.loss,
    ...(options.classWeights !== 'none' && {
      // by what the rows weigh, as scikit-learn does: a row of weight 2 is two of its like here, too
      classWeights: classWeights(classCounts(train.labelIds, classes, train.weights), options.classWeights),
    }),
    ...(train.weights && { weighsExamples: true }),
  };
  return engineFor(start, objective, options, context);
}

/** The same for any objective. */
export async function engineFor(
  { config, weights }: StartingPoint,
  objective: Objective,
  { engine: name, device, weightDecay, maxGradNorm, seed, threads }: EngineSetup,
  context: RunContext,
): Promise<Engine> {
  const { engine, running } = await startEngine(await chooseEngine(name, device), {
    ...{ config, weights, objective, maxGradNorm, seed },
    optimizer: { ...DEFAULT_ADAMW, weightDecay },
    ...(threads !== undefined && { threads }),
  });
  const { warnings, ...ready } = running;
  context.listen({ type: 'engine.ready', ...ready });
  for (const message of warnings) context.listen({ type: 'warning', message });
  return engine;
}
