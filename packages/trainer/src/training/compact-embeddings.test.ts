import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { collate } from '../data/batches.ts';
import { DEFAULT_ADAMW } from '../engine/adamw.ts';
import type { LabelledBatch, NamedTensors } from '../engine/engine.ts';
import { createOnnxEngine } from '../engine/onnx/onnx-engine.ts';
import { parseBertConfig } from '../model/bert-config.ts';
import { readSafetensors } from '../model/safetensors.ts';
import type { StartingPoint } from '../model/starting-point.ts';
import { compacted } from './compact-embeddings.ts';
import { decayAfter, learningRateAt } from './schedule.ts';

const GOLDENS = fileURLToPath(new URL('../../../../test-fixtures/goldens/bert/', import.meta.url));
const golden = (name: string) => JSON.parse(readFileSync(`${GOLDENS}${name}`, 'utf8'));
const tensorsOf = async (name: string) => (await readSafetensors(`${GOLDENS}${name}`)).tensors;

interface GoldenBatch {
  input_ids: number[][];
  attention_mask: number[][];
  token_type_ids: number[][];
  labels: number[];
}
/** A data set that uses a quarter of the vocabulary, as `few_tokens` of bert_training.py. */
const batches = (golden('batches.json') as GoldenBatch[]).map((batch) => ({
  ...batch,
  input_ids: batch.input_ids.map((row) => row.map((token) => 1 + (token % 29))),
}));
const config = parseBertConfig(golden('config.json'), 'config.json');
const schedule = { learningRate: 1e-3, schedule: 'linear', warmupSteps: 0, weightDecay: 0.5 } as const;

async function startingPoint(): Promise<StartingPoint> {
  return {
    config,
    configJson: golden('config.json'),
    weights: await tensorsOf('model.safetensors'),
    carried: new Map(),
    newWeights: [],
    fingerprint: '',
    writeTokenizer: async () => undefined,
    // a text is its token ids
    tokenizer: {
      padTokenId: 0,
      unknownTokenId: undefined,
      maskTokenId: undefined,
      roleOf: () => 'begins-word',
      pieces: undefined,
      vocabularySize: config.vocabularySize,
      encode: (text) => {
        const ids = text.split(' ').map(Number);
        return { ids, tokens: ids.length, isTruncated: false };
      },
    },
  };
}

async function trained(start: StartingPoint): Promise<NamedTensors> {
  const engine = createOnnxEngine({
    ...{ config: start.config, weights: start.weights, seed: 1, maxGradNorm: 1 },
    objective: {
      ...{ kind: 'classification', classes: 5, loss: { kind: 'cross-entropy' } },
      classWeights: golden('expected.json').class_weights,
    },
    optimizer: { ...DEFAULT_ADAMW, weightDecay: schedule.weightDecay },
  });
  for (const [step, batch] of batches.entries()) {
    const ids = batch.input_ids.map((row) => start.tokenizer.encode(row.join(' '), 512).ids);
    const flat = (rows: number[][]) => BigInt64Array.from(rows.flat(), BigInt);
    const labelled: LabelledBatch = {
      ...{ batch: ids.length, time: ids[0]?.length ?? 0, inputIds: flat(ids as number[][]) },
      ...{ attentionMask: flat(batch.attention_mask), tokenTypeIds: flat(batch.token_type_ids) },
      labels: BigInt64Array.from(batch.labels, BigInt),
    };
    await engine.trainStep([labelled], learningRateAt(step, batches.length, schedule));
  }
  const weights = new Map(
    [...(await engine.state()).weights].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.slice() },
    ]),
  );
  await engine.dispose();
  return weights;
}

const compact = async () => {
  const rows = batches.flatMap((batch) => batch.input_ids);
  return compacted(await startingPoint(), rows, Math.max(...rows.map((row) => row.length)));
};

describe('training only the rows that the data uses', () => {
  test('gives the embeddings that PyTorch gets from training all of them', async () => {
    const start = await compact();
    expect(start.config.vocabularySize).toBe(30);
    const whole = start.whole(await trained(start), decayAfter(20, 20, schedule));
    const before = start.weights;
    for (const [name, { shape, data }] of await tensorsOf('few-tokens.safetensors')) {
      expect(whole.get(name)?.shape, name).toEqual(shape);
      whole.get(name)?.data.forEach((value, i) => {
        const expected = data[i] as number;
        expect(Math.abs(value - expected) / Math.max(1e-2, Math.abs(expected)), `${name}[${i}]`).toBeLessThan(
          1e-4,
        );
      });
    }
    expect(before.get('bert.embeddings.word_embeddings.weight')?.shape[0]).toBe(30);
  });

  test('gives all weights that this engine gets from training all of them', async () => {
    const start = await compact();
    const whole = start.whole(await trained(start), decayAfter(20, 20, schedule));
    for (const [name, { data }] of await trained(await startingPoint())) {
      // a shift of all keys moves no softmax: this one's gradient is rounding
      if (name.endsWith('attention.self.key.bias')) continue;
      whole.get(name)?.data.forEach((value, i) => {
        expect(Math.abs(value - (data[i] as number)), `${name}[${i}]`).toBeLessThan(1e-6);
      });
    }
  });
});

test('tokens get the rows that are left, padding among them', async () => {
  const start = compacted(
    await startingPoint(),
    [
      [7, 5],
      [5, 90],
    ],
    8,
  );
  expect(start.tokenizer.encode('90 5 7 5', 8).ids).toEqual([3, 1, 2, 1]);
  const batch = collate([[3, 1], [2]], [0, 1], { padTokenId: start.tokenizer.padTokenId, longest: 8 });
  expect([...batch.inputIds].slice(8, 10)).toEqual([2n, 0n]);
  const words = start.weights.get('bert.embeddings.word_embeddings.weight');
  const original = (await startingPoint()).weights.get('bert.embeddings.word_embeddings.weight');
  const width = config.hiddenSize;
  expect(words?.shape).toEqual([4, width]);
  expect(words?.data.subarray(3 * width)).toEqual(original?.data.subarray(90 * width, 91 * width));
  expect(start.parameters.all - start.parameters.trained).toBe(
    (config.vocabularySize - 4 + config.maxPositions - 8) * width,
  );
});

test('what is left out decays as the schedule goes', () => {
  const rates = Array.from({ length: 4 }, (_, step) => learningRateAt(step, 10, schedule));
  expect(decayAfter(4, 10, schedule)).toBeCloseTo(
    rates.reduce((decay, rate) => decay * (1 - rate * 0.5), 1),
    12,
  );
  expect(decayAfter(0, 10, schedule)).toBe(1);
});

test('special tokens go by the rows that are left, and one that nothing uses is none', async () => {
  const start = await startingPoint();
  const whole = { ...start, tokenizer: { ...start.tokenizer, unknownTokenId: 40, maskTokenId: 50 } };
  const { tokenizer } = compacted(whole, [[7, 40]], 8); // rows: 0, 7, 40
  expect(tokenizer).toMatchObject({ padTokenId: 0, unknownTokenId: 2, maskTokenId: undefined });
  expect(tokenizer.encode('40 7', 8).ids).toEqual([2, 1]);
});
