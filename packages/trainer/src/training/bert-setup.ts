/** What every use of a BERT's training begins with: weights, tokenised texts, an engine. */
import { classWeights, OtzyvError } from '@otzyv/core';
import { paddedLength } from '../data/batches.ts';
import { DEFAULT_ADAMW } from '../engine/adamw.ts';
import { chooseEngine, startEngine } from '../engine/choose.ts';
import type { Engine } from '../engine/engine.ts';
import { type StartingPoint, startingPoint } from '../model/starting-point.ts';
import { type CompactStart, compacted } from './compact-embeddings.ts';
import type { LabelledTexts } from './dataset.ts';
import type { Examples } from './fit.ts';
import type { TrainingTask } from './trainer.ts';

/** The model to begin with, without the rows that no text of the data set uses. */
export async function prepare({ options, dataset, context }: TrainingTask): Promise<CompactStart> {
  const { model, seed, maxLength, dropout, revision, offline } = options;
  const start = await startingPoint(
    {
      ...context.fetch,
      ...(revision !== undefined && { revision }),
      ...(offline && { offline }),
      ...(context.signal && { signal: context.signal }),
      onProgress: (progress) => context.listen({ type: 'download', ...progress }),
      model,
      purpose: { kind: 'classification', labels: dataset.labels },
      seed,
      maxLength,
      dropout,
    },
    dataset.train.texts,
  );
  if (maxLength > start.config.maxPositions) {
    throw new OtzyvError(
      'options.max-length',
      `--max-length ${maxLength} is more than the ${start.config.maxPositions} positions that ${model} has`,
      `Choose ${start.config.maxPositions} or less.`,
    );
  }
  const tokenIds = [...dataset.train.texts, ...dataset.validation.texts].map(
    (text) => start.tokenizer.encode(text, maxLength).ids,
  );
  return compacted(start, tokenIds, paddedLength(maxLength));
}

export function tokenize(
  { texts, labelIds }: LabelledTexts,
  { tokenizer }: StartingPoint,
  maxLength: number,
) {
  const encodings = texts.map((text) => tokenizer.encode(text, maxLength));
  const examples: Examples = { tokenIds: encodings.map(({ ids }) => ids), labelIds };
  return {
    examples,
    truncatedShare: encodings.filter(({ isTruncated }) => isTruncated).length / encodings.length,
  };
}

/** Starts the engine that was asked for, and tells which it is and where it runs. */
export async function createEngine(
  { config, weights }: StartingPoint,
  { options, dataset, context }: TrainingTask,
): Promise<Engine> {
  const { engine, running } = await startEngine(await chooseEngine(options.engine, options.device), {
    config,
    weights,
    objective: {
      kind: 'classification',
      classes: dataset.labels.length,
      loss: options.loss,
      ...(options.classWeights !== 'none' && {
        classWeights: classWeights(dataset.classCounts, options.classWeights),
      }),
    },
    optimizer: { ...DEFAULT_ADAMW, weightDecay: options.weightDecay },
    maxGradNorm: options.maxGradNorm,
    seed: options.seed,
    ...(options.threads !== undefined && { threads: options.threads }),
  });
  const { warnings, ...ready } = running;
  context.listen({ type: 'engine.ready', ...ready });
  for (const message of warnings) context.listen({ type: 'warning', message });
  return engine;
}
