// Our side of training: the engine that a run would have, and a batch of 16 × 128 tokens.
import { createOnnxEngine, DEFAULT_ADAMW } from '@otzyv/trainer';
import { collate } from '../packages/trainer/dist/data/batches.js';
import { compacted } from '../packages/trainer/dist/training/compact-embeddings.js';
import { CLASSES, randomWeights, SHAPES } from './shapes.js';

export const [BATCH, LENGTH] = [16, 128];

/** With 8,000 rows of the embeddings in use. @returns ids as the peer takes them, batch as our engine does */
export function stepOf(shape) {
  const used = Array.from({ length: 8000 }, (_, i) => i * 10);
  const ids = Array.from({ length: BATCH }, (_, row) =>
    Array.from({ length: LENGTH }, (_, i) => used[(row * 7919 + i * 104_729) % used.length]),
  );
  const labels = Array.from({ length: BATCH }, (_, i) => i % CLASSES);
  const start = compactStart(SHAPES[shape], [used]);
  const encoded = ids.map((row) => start.tokenizer.encode(row.join(' '), LENGTH).ids);
  const all = encoded.map((_, i) => i);
  const batch = { ...collate(encoded, all, padding(start)), labels: BigInt64Array.from(labels, BigInt) };
  return { engine: engineOf(start), start, batch, ids, labels };
}

/** The model without the rows that nothing uses, as every run makes it. */
export function compactStart(config, tokenIds, tokenizer) {
  const plain = {
    ...{ padTokenId: 0, vocabularySize: config.vocabularySize },
    encode: (text) => ({ ids: text.split(' ').map(Number) }),
  };
  const start = {
    config,
    weights: randomWeights(config),
    tokenizer: tokenizer ?? plain,
    fingerprint: 'bench',
  };
  return compacted(start, tokenIds, LENGTH);
}

export function engineOf(start) {
  return createOnnxEngine(engineOptions(start));
}

export function engineOptions({ config, weights }) {
  return {
    ...{ config, weights, optimizer: DEFAULT_ADAMW },
    objective: { kind: 'classification', classes: CLASSES, loss: { kind: 'cross-entropy' } },
    ...{ maxGradNorm: 1, seed: 1 },
  };
}

export function padding({ tokenizer, config }) {
  return { padTokenId: tokenizer.padTokenId, longest: config.maxPositions };
}
