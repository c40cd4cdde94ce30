import { expect, test } from 'vitest';
import { bertParameters, initialTensor } from '../../model/bert-parameters.ts';
import { goldenOptions, withDropout } from '../../testing/golden-bert.ts';
import type { LabelledBatch } from '../engine.ts';
import { loadTfjs } from './backends.ts';
import { createTfjsEngine } from './tfjs-engine.ts';

const config = {
  ...withDropout.config,
  ...{ vocabularySize: 3, maxPositions: 2, hiddenSize: 2, heads: 1, layers: 1, intermediateSize: 2 },
};
const weights = new Map(bertParameters(config, 5).map((spec) => [spec.name, initialTensor(spec, config, 1)]));
const batch: LabelledBatch = {
  ...{ batch: 1, time: 2, labels: BigInt64Array.of(1n) },
  inputIds: BigInt64Array.of(1n, 2n),
  attentionMask: BigInt64Array.of(1n, 1n),
  tokenTypeIds: BigInt64Array.of(0n, 0n),
};

test.each([
  ['cpu', 1000],
  ['wasm', 50],
] as const)(
  'on %s, %d steps hold no more memory than one, and a disposed engine none',
  async (backend, steps) => {
    const { tf } = await loadTfjs([backend]);
    const held = () => {
      const { numTensors, numDataBuffers, numBytes } = tf.memory();
      return { numTensors, numDataBuffers, numBytes };
    };
    const atFirst = held();
    const engine = createTfjsEngine(tf, { ...goldenOptions, config, weights });
    await engine.trainStep([batch], 1e-3);
    const afterOne = held();
    for (let step = 1; step < steps; step++) {
      await engine.trainStep(step % 10 === 0 ? [batch, batch] : [batch], 1e-3);
      if (step % 25 === 0) await engine.logits(batch);
    }
    engine.restore(await engine.state());
    expect(held()).toEqual(afterOne);
    await engine.dispose();
    expect(held()).toEqual(atFirst);
  },
);
