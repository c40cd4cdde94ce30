import type { NdArray } from '@otzyv/core';
import type { Tensor } from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { type Expression, expectRightGradients, IDS, OP_CASES } from '../../testing/op-cases.ts';
import { loadTfjs } from './backends.ts';
import { createTfjsOps } from './ops.ts';

describe.each(['wasm', 'cpu'] as const)(
  'on %s every op computes what the plain engine computes',
  (backend) => {
    test.each(OP_CASES)('%s, and its gradient is its finite difference', (...one) =>
      expectRightGradients(one, async (inputs, direction, expression) => {
        const { tf } = await loadTfjs([backend]);
        const run = differentiated(tf, inputs, direction, expression);
        expect(tf.getBackend()).toBe(backend);
        return run;
      }),
    );

    test('dropout, with the mask held', async () => {
      const { tf } = await loadTfjs([backend]);
      const ops = createTfjsOps(tf, (bytes) => bytes.set([0, 127, 128, 255]));
      const square = (x: Tensor) => {
        const y = ops.dropout(x, 0.5);
        return tf.sum(tf.mul(y, y));
      };
      const { value, grads } = tf.valueAndGrads(square)([tf.tensor1d([1, 2, 3, 4])]);
      expect(value.dataSync()[0]).toBe(36 + 64);
      expect([...grads[0]!.dataSync()]).toEqual([0, 0, 24, 32]);
    });

    test('dropout is the identity outside training', async () => {
      const { tf } = await loadTfjs([backend]);
      const x = tf.tensor1d([1]);
      expect(createTfjsOps(tf).dropout(x, 0.5)).toBe(x);
    });
  },
);

function differentiated(
  tf: Awaited<ReturnType<typeof loadTfjs>>['tf'],
  inputs: NdArray[],
  direction: NdArray,
  expression: Expression,
) {
  const tensor = ({ shape, data }: NdArray) => tf.tensor(Float32Array.from(data), [...shape]);
  const ids = tf.tensor(Int32Array.from(IDS.data), [...IDS.shape], 'int32');
  const ops = createTfjsOps(tf);
  const tensors = inputs.map(tensor);
  const objective = (...at: Tensor[]) => tf.sum(tf.mul(expression(ops, at, ids), tensor(direction)));
  return {
    output: expression(ops, tensors, ids).dataSync(),
    gradients: tf
      .valueAndGrads(objective)(tensors)
      .grads.map((gradient) => gradient.dataSync()),
  };
}
