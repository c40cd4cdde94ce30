/**
 * How well masked tokens of the texts held out are found out: mean cross-entropy, perplexity, and the share that is found
 * at once. Beside them the perplexity of one who knows nothing but how frequent each token is.
 */
import { breathe } from '../breathe.ts';
import { sequentialBatches } from '../data/batches.ts';
import type { Engine } from '../engine/engine.ts';
import type { Tokenizer } from '../tokenizer/load.ts';
import type { MaskedSet } from './masking.ts';

export interface MaskedMetrics {
  /** nats a token */
  readonly loss: number;
  /** e to the loss: among how many tokens the model hesitates */
  readonly perplexity: number;
  readonly accuracy: number;
}

export interface MeasureOptions {
  readonly batchSize: number;
  /** Aborted: it is given up, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number) => void;
}

/** The masks are the same each time. */
export async function measureMasked(
  engine: Engine,
  set: MaskedSet,
  { batchSize, signal, onProgress }: MeasureOptions,
): Promise<MaskedMetrics> {
  const totals = { loss: 0, found: 0, asked: 0 };
  let done = 0;
  for (const indices of sequentialBatches(set.lengths, { batchSize })) {
    await breathe();
    signal?.throwIfAborted();
    const batch = set.batch(indices, 'held-out');
    const logits = await engine.logits(batch);
    const vocabulary = logits.length / batch.labels.length;
    batch.labels.forEach((label, row) => {
      const scores = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
      const { logTotal, highest } = surveyed(scores);
      const score = scores[Number(label)] as number;
      totals.loss += logTotal - score;
      if (score === highest) totals.found++;
    });
    totals.asked += batch.labels.length;
    done += indices.length;
    onProgress?.(done);
  }
  const loss = totals.loss / totals.asked;
  return { loss, perplexity: Math.exp(loss), accuracy: totals.found / totals.asked };
}

function surveyed(scores: Float32Array): { logTotal: number; highest: number } {
  let highest = Number.NEGATIVE_INFINITY;
  for (const score of scores) if (score > highest) highest = score;
  let total = 0;
  for (const score of scores) total += Math.exp(score - highest);
  return { logTotal: highest + Math.log(total), highest };
}

/** @param tokenIds of the texts trained on; each token counts once more than it stands there, lest any be impossible */
export function perplexityByFrequency(
  tokenIds: readonly (readonly number[])[],
  set: MaskedSet,
  { vocabularySize, roleOf }: Pick<Tokenizer, 'vocabularySize' | 'roleOf'>,
): number {
  const counts = Float64Array.from({ length: vocabularySize }, (_, id) => (roleOf(id) === 'special' ? 0 : 1));
  for (const ids of tokenIds) {
    for (const id of ids) if (roleOf(id) !== 'special') counts[id] = (counts[id] as number) + 1;
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const { labels } = set.batch(
    set.lengths.map((_, index) => index),
    'held-out',
  );
  const logLikelihood = labels.reduce(
    (sum, label) => sum + Math.log((counts[Number(label)] as number) / total),
    0,
  );
  return Math.exp(-logLikelihood / labels.length);
}
