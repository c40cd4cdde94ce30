/** What a loop trains on: how long its examples are, and the batch that some of them make. */
import { collate } from '../data/batches.ts';
import type { LabelledBatch } from '../engine/engine.ts';

export interface TrainingSet {
  /** of each example, in tokens, as far as the model reads it */
  readonly lengths: readonly number[];
  /** @param epoch which may change what is seen of an example */
  batch(indices: readonly number[], epoch: number): LabelledBatch;
}

/** Texts with their classes. */
export interface Examples {
  /** Token ids of each text, special tokens included. */
  readonly tokenIds: readonly (readonly number[])[];
  readonly labelIds: readonly number[];
  /** What each counts for in the loss; absent: all the same. */
  readonly weights?: readonly number[] | undefined;
}

/** The same in every epoch. @param longest tokens that the model has positions for */
export function labelledSet(
  { tokenIds, labelIds, weights }: Examples,
  { padTokenId, longest }: { padTokenId: number; longest: number },
): TrainingSet {
  return {
    lengths: tokenIds.map((ids) => Math.min(ids.length, longest)),
    batch: (indices) => ({
      ...collate(tokenIds, indices, { padTokenId, longest }),
      labels: BigInt64Array.from(indices, (index) => BigInt(labelIds[index] as number)),
      ...(weights && { exampleWeights: Float32Array.from(indices, (index) => weights[index] as number) }),
    }),
  };
}
