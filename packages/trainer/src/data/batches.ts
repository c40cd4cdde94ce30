/**
 * Which texts go together, and how they become arrays. Texts of one length share a batch, so that little is
 * padded; the order is a function of seed and epoch alone, so that any epoch can be made without those before it.
 */
import { createRandom, shuffled } from '@otzyv/core';
import type { Batch } from '../engine/engine.ts';

/** Sorting happens within this many batches, so that the order stays random at large (as the Trainer's group_by_length). */
const BATCHES_SORTED_TOGETHER = 50;

/** Lengths are rounded up to this, so that engines see few different shapes. */
const TIME_MULTIPLE = 8;

export interface EpochBatchesOptions {
  readonly batchSize: number;
  readonly seed: number;
  readonly epoch: number;
  /** false: batches of a plain shuffle, as the Trainer makes them by default; more is padded */
  readonly groupByLength?: boolean;
}

/**
 * The batches of one epoch of training.
 * @param lengths in tokens, by example
 * @returns indices of examples; each stands in exactly one batch
 */
export function epochBatches(
  lengths: ArrayLike<number>,
  { batchSize, seed, epoch, groupByLength = true }: EpochBatchesOptions,
): number[][] {
  const random = createRandom(seed, 'batches', epoch);
  const order = shuffled(indices(lengths.length), random);
  if (!groupByLength) return chunks(order, batchSize);
  const sorted = chunks(order, batchSize * BATCHES_SORTED_TOGETHER).flatMap((part) =>
    byLength(part, lengths),
  );
  return shuffled(chunks(sorted, batchSize), random);
}

/** Batches for answering: the longest first, so that memory runs out at once or not at all. */
export function sequentialBatches(
  lengths: ArrayLike<number>,
  { batchSize }: { batchSize: number },
): number[][] {
  return chunks(byLength(indices(lengths.length), lengths), batchSize);
}

/**
 * Texts side by side, padded to the longest of them.
 * @param tokenIds of all examples
 * @param chosen   the examples of this batch
 */
export function collate(
  tokenIds: readonly (readonly number[])[],
  chosen: readonly number[],
  { padTokenId, longest }: { padTokenId: number; longest: number },
): Batch {
  const rows = chosen.map((index) => tokenIds[index] as readonly number[]);
  const needed = rows.reduce((most, row) => Math.max(most, row.length), 1);
  // rounding up must not go past the positions that the model has
  const time = Math.max(needed, Math.min(longest, paddedLength(needed)));
  const inputIds = new BigInt64Array(rows.length * time).fill(BigInt(padTokenId));
  const attentionMask = new BigInt64Array(rows.length * time);
  rows.forEach((row, r) => {
    row.forEach((id, t) => {
      inputIds[r * time + t] = BigInt(id);
      attentionMask[r * time + t] = 1n;
    });
  });
  return {
    batch: rows.length,
    time,
    inputIds,
    attentionMask,
    tokenTypeIds: new BigInt64Array(rows.length * time),
  };
}

/** The length of a batch whose longest text has so many tokens. */
export function paddedLength(tokens: number): number {
  return Math.ceil(tokens / TIME_MULTIPLE) * TIME_MULTIPLE;
}

function byLength(part: readonly number[], lengths: ArrayLike<number>): number[] {
  return part.toSorted((a, b) => (lengths[b] as number) - (lengths[a] as number));
}

function indices(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
