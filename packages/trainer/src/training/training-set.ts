/** What a loop trains on: how long its examples are, and the batch that some of them make. */
import { collate } from '../data/batches.ts';
import type { LabelledBatch } from '../engine/engine.ts';

export interface TrainingSet {
  /** of each example, in tokens, as far as the model reads it */
  readonly lengths: readonly number[];
  /** @param epoch which may change what is seen of an example */
  batch(indices: readonly number[], epoch: number): LabelledBatch;
}

/** What is seen of an example in an epoch, as token ids. */
export type Reading = (index: number, epoch: number) => readonly number[];

/** Texts with their classes. */
export interface Examples {
  /** Token ids of each text, special tokens included. */
  readonly tokenIds: readonly (readonly number[])[];
  readonly labelIds: readonly number[];
  /** What each counts for in the loss; absent: all the same. */
  readonly weights?: readonly number[] | undefined;
}

/**
 * @param longest tokens that the model has positions for
 * @param read absent: the same in every epoch
 */
export function labelledSet(
  { tokenIds, labelIds, weights }: Examples,
  { padTokenId, longest }: { padTokenId: number; longest: number },
  read: Reading = (index) => tokenIds[index] as readonly number[],
): TrainingSet {
  return {
    lengths: tokenIds.map((ids) => Math.min(ids.length, longest)),
    batch: (indices, epoch) => ({
      ...collate(
        indices.map((index) => read(index, epoch)),
        indices.map((_, row) => row),
        { padTokenId, longest },
      ),
      labels: BigInt64Array.from(indices, (index) => BigInt(labelIds[index] as number)),
      ...(weights && { exampleWeights: Float32Array.from(indices, (index) => weights[index] as number) }),
    }),
  };
}
