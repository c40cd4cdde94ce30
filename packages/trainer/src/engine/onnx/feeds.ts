/** What goes into a graph and comes out of it, whatever device it runs on. */
import { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Tensor } from '../../model/safetensors.ts';
import type { Batch, LabelledBatch, NamedTensors } from '../engine.ts';
import { exampleWeightsOf, type Objective } from '../objective.ts';
import type { DropoutSites } from './differentiable-ops.ts';

export type Feeds = Record<string, OrtTensor>;

/** Integers as the CPU's graphs take them, */
export function longs(values: BigInt64Array, shape: readonly number[]): OrtTensor {
  return new OrtTensor('int64', values, shape);
}

/** and as WebGPU's do. */
export function shorts(values: BigInt64Array, shape: readonly number[]): OrtTensor {
  return new OrtTensor('int32', Int32Array.from(values, Number), shape);
}

/** @param integers `longs` or `shorts` */
export function tokenFeeds(
  { batch, time, inputIds, attentionMask, tokenTypeIds, positions }: Batch,
  integers: typeof longs,
): Feeds {
  const shape = [batch, time];
  return {
    input_ids: integers(inputIds, shape),
    attention_mask: integers(attentionMask, shape),
    token_type_ids: integers(tokenTypeIds, shape),
    ...(positions !== undefined && { positions: integers(positions, [positions.length]) }),
  };
}

/** @param integers `longs` or `shorts` */
export function truthFeeds(batch: LabelledBatch, objective: Objective, integers: typeof longs): Feeds {
  const exampleWeights = exampleWeightsOf(objective, batch);
  return {
    labels: integers(batch.labels, [batch.labels.length]),
    ...(exampleWeights && {
      example_weights: new OrtTensor('float32', exampleWeights, [exampleWeights.length]),
    }),
  };
}

/** One stretch of random bytes, cut up for the sites in their order. */
export function dropoutFeeds(
  sites: DropoutSites,
  batch: Batch,
  randomBytes: (length: number) => Uint8Array,
): Feeds {
  const shapes = sites.map(({ dims }) =>
    dims.map((dim) => (dim === 'batch' ? batch.batch : dim === 'time' ? batch.time : (dim as number))),
  );
  const lengths = shapes.map(elements);
  const bytes = randomBytes(lengths.reduce((sum, length) => sum + length, 0));
  let from = 0;
  return Object.fromEntries(
    sites.map(({ name }, i) => {
      const length = lengths[i] as number;
      const part = bytes.subarray(from, from + length);
      from += length;
      return [name, new OrtTensor('uint8', part, shapes[i] as number[])];
    }),
  );
}

export function feedsOf(tensors: NamedTensors, rename: (name: string) => string): Feeds {
  return Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [rename(name), new OrtTensor('float32', data, shape)]),
  );
}

export function zeroTensor(shape: readonly number[]): Tensor {
  return { shape, data: new Float32Array(elements(shape)) };
}

export function scalar(value: number): OrtTensor {
  return new OrtTensor('float32', Float32Array.of(value), []);
}

export function scalarOf(tensor: OrtTensor | undefined): number {
  return Number(tensor?.data[0]);
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}
