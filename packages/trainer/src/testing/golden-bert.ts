/** The tiny BERT of the goldens: its weights, its batches, and what transformers and PyTorch make of them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { DEFAULT_ADAMW } from '../engine/adamw.ts';
import type { EngineOptions, LabelledBatch, NamedTensors } from '../engine/engine.ts';
import { parseBertConfig } from '../model/bert-config.ts';
import { readSafetensors, type Tensor } from '../model/safetensors.ts';

const GOLDENS = fileURLToPath(new URL('../../../../test-fixtures/goldens/bert/', import.meta.url));
const golden = (name: string) => JSON.parse(readFileSync(`${GOLDENS}${name}`, 'utf8'));
export const tensorsOf = async (name: string) => (await readSafetensors(`${GOLDENS}${name}`)).tensors;

export interface Step {
  loss: number;
  grad_norm: number;
  learning_rate: number;
}

export const config = parseBertConfig(golden('config.json'), 'config.json');
export const expected = golden('expected.json');
export const batches: LabelledBatch[] = golden('batches.json').map(labelledBatch);
/** Each second one without its first two rows. */
export const uneven: LabelledBatch[] = golden('batches.json').map((batch: object, i: number) =>
  labelledBatch(i % 2 === 0 ? batch : mapValues(batch, (rows) => rows.slice(2))),
);
export const weights = await tensorsOf('model.safetensors');

/** The gradients of these are zero (a shift of all keys moves no softmax): what is left is rounding. */
export const isRounding = (name: string) => name.endsWith('attention.self.key.bias');

export const classification = {
  kind: 'classification',
  classes: 5,
  loss: { kind: 'cross-entropy' },
  classWeights: expected.class_weights as readonly number[],
} as const;

export const goldenOptions: EngineOptions = {
  config,
  weights,
  objective: classification,
  optimizer: DEFAULT_ADAMW,
  maxGradNorm: 1,
  seed: 42,
};

export const withDropout = {
  config: { ...config, hiddenDropout: 0.1, attentionDropout: 0.1, classifierDropout: 0.1 },
};

function mapValues(object: object, change: (value: unknown[]) => unknown[]): object {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}

function labelledBatch(batch: object): LabelledBatch {
  const json = batch as Record<string, number[][]> & { labels: number[] };
  const ids = (name: string) => BigInt64Array.from(json[name]!.flat(), BigInt);
  return {
    batch: json.labels.length,
    time: json['input_ids']![0]!.length,
    inputIds: ids('input_ids'),
    attentionMask: ids('attention_mask'),
    tokenTypeIds: ids('token_type_ids'),
    labels: BigInt64Array.from(json.labels, BigInt),
  };
}

export function copied(tensors: NamedTensors): Map<string, Tensor> {
  return new Map(
    [...tensors].map(([name, { shape, data }]) => [name, { shape: [...shape], data: data.slice() }]),
  );
}

/** A batch in which some rows count for more than others. */
export function weighted(batch: LabelledBatch): LabelledBatch {
  const exampleWeights = Float32Array.from({ length: batch.batch }, (_, row) => [1, 2, 0.25, 0.5][row % 4]!);
  return { ...batch, exampleWeights };
}

/** Some rows of a batch, in that order. */
export function rowsOf(batch: LabelledBatch, rows: readonly number[]): LabelledBatch {
  const take = (values: BigInt64Array, width: number) =>
    BigInt64Array.from(rows.flatMap((row) => [...values.subarray(row * width, (row + 1) * width)]));
  return {
    batch: rows.length,
    time: batch.time,
    inputIds: take(batch.inputIds, batch.time),
    attentionMask: take(batch.attentionMask, batch.time),
    tokenTypeIds: take(batch.tokenTypeIds, batch.time),
    labels: take(batch.labels, 1),
    ...(batch.exampleWeights && {
      exampleWeights: Float32Array.from(rows, (row) => batch.exampleWeights![row]!),
    }),
  };
}

/** Relative to the number, or to 0.01 where it is smaller. */
export function expectClose(
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance: number,
  what = '',
): void {
  expect(actual.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const error = Math.abs(actual[i]! - wanted[i]!) / Math.max(1e-2, Math.abs(wanted[i]!));
    expect(error, `${what}[${i}]: ${actual[i]} for ${wanted[i]}`).toBeLessThan(tolerance);
  }
}
