// Training on the CPU beside PyTorch: the same shapes, the same texts, AdamW, clipping and dropout on both sides.
import { availableParallelism } from 'node:os';
import { learnWordPieces } from '@otzyv/trainer';
import { collate, epochBatches } from '../../packages/trainer/dist/data/batches.js';
import { newTokenizerFiles } from '../../packages/trainer/dist/tokenizer/files.js';
import { createTokenizer } from '../../packages/trainer/dist/tokenizer/load.js';
import { startPeer } from '../peer.js';
import { configJson, SHAPES } from '../shapes.js';
import { reviews } from '../texts.js';
import { BATCH, compactStart, engineOf, LENGTH, padding, stepOf } from '../training-side.js';

const NEEDS = 'torch transformers';

export const trainingRows = [
  {
    ...{
      name: 'step-tiny2',
      what: 'training step, rubert-tiny2 shape, 16 × 128 tokens',
      aim: 1.7,
      unit: 'ms',
    },
    start: () => startSteps('tiny2'),
  },
  {
    ...{
      name: 'step-base',
      what: 'training step, rubert-base shape, 16 × 128 tokens',
      aim: 1.25,
      unit: 'ms',
      n: 5,
    },
    start: () => startSteps('base'),
  },
  {
    name: 'epoch-tiny2',
    what: 'epoch over 640 real reviews, rubert-tiny2 shape, beside the notebook: all padded to 128',
    ...{ aim: 6, unit: 'ms', n: 5, start: startEpochs },
  },
];

/** Our side trains the rows in use, as every run does: 8,000 of them. */
async function startSteps(shape) {
  const { engine, batch, ids, labels } = stepOf(shape);
  const peer = await torch(SHAPES[shape]);
  const batches = [{ input_ids: ids, attention_mask: ids.map((row) => row.map(() => 1)), labels }];
  return sides(peer, engine, [batch], batches);
}

async function startEpochs() {
  const config = SHAPES.tiny2;
  const { texts, labels } = await reviews(640);
  const names = [...new Set(labels)].sort();
  const labelIds = labels.map((label) => names.indexOf(label));
  const { texts: all } = await reviews();
  const options = { lowercase: false };
  const tokenizer = await createTokenizer(
    newTokenizerFiles(learnWordPieces(all, { size: 30_000, ...options }), options),
    'bench',
  );
  const encode = (text) => tokenizer.encode(text, LENGTH).ids;
  const start = compactStart(config, all.map(encode), tokenizer);
  const encoded = texts.map((text) => start.tokenizer.encode(text, LENGTH).ids);
  const order = epochBatches(
    encoded.map((row) => row.length),
    { batchSize: BATCH, seed: 1, epoch: 0 },
  );
  const ours = order.map((chosen) => ({
    ...collate(encoded, chosen, padding(start)),
    labels: BigInt64Array.from(chosen, (i) => BigInt(labelIds[i])),
  }));
  const rows = texts.map(encode);
  const padded = (row, fill) => [...row, ...new Array(LENGTH - row.length).fill(fill)];
  const theirs = Array.from({ length: rows.length / BATCH }, (_, i) => {
    const part = rows.slice(i * BATCH, (i + 1) * BATCH);
    return {
      input_ids: part.map((row) => padded(row, 0)),
      attention_mask: part.map((row) =>
        padded(
          row.map(() => 1),
          0,
        ),
      ),
      labels: labelIds.slice(i * BATCH, (i + 1) * BATCH),
    };
  });
  return sides(await torch(config), engineOf(start), ours, theirs);
}

function sides(peer, engine, ourBatches, theirBatches) {
  return {
    peerName: `PyTorch ${peer.versions.torch}`,
    versions: peer.versions,
    ours: async () => {
      const begun = performance.now();
      for (const batch of ourBatches) await engine.trainStep([batch], 2e-5);
      return performance.now() - begun;
    },
    peer: async () => (await peer.ask({ batches: theirBatches })).ms,
    close: async () => {
      peer.close();
      await engine.dispose();
    },
  };
}

function torch(config) {
  return startPeer(
    'torch_training.py',
    NEEDS,
    JSON.stringify(configJson(config)),
    String(availableParallelism()),
  );
}
