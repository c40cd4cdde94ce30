import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { createOnnxOps } from './differentiable-ops.ts';
import { Graph } from './graph.ts';
import { DENSE_LIMIT, quantizeRows, TABLE_LIMIT } from './quantize.ts';
import { quantizedOps } from './quantized-ops.ts';

interface Quantized {
  weight: number[][];
  scales: number[];
  y: number[][];
}

const golden: { weight: number[][]; bias: number[]; x: number[][]; bits7: Quantized; bits8: Quantized } =
  JSON.parse(
    readFileSync(new URL('../../../../../test-fixtures/goldens/quantize.json', import.meta.url), 'utf8'),
  );
const shape = [golden.weight.length, golden.x[0]!.length];
const weight = { shape, data: Float32Array.from(golden.weight.flat()) };

test.each([
  ['dense layers', DENSE_LIMIT, golden.bits7],
  ['tables', TABLE_LIMIT, golden.bits8],
] as const)('%s become the integers and scales of onnxruntime', (_, limit, theirs) => {
  const { data, scales } = quantizeRows(weight, limit);
  expect([...data]).toEqual(theirs.weight.flat());
  expect([...scales]).toEqual([...Float32Array.from(theirs.scales)]);
});

test('a dense layer answers as the one that onnxruntime has quantised', async () => {
  const name = 'bert.encoder.layer.0.output.dense.weight';
  const bias = { shape: [shape[0]!], data: Float32Array.from(golden.bias) };
  const graph = new Graph();
  const ops = quantizedOps(graph, createOnnxOps(graph, 'portable').ops, new Map([[name, weight]]));
  const bytes = new Uint8Array(bias.data.buffer);
  const value = (of: string, dims: number[]) => graph.initializer(of, 'float32', dims, bytes);
  const x = graph.input('x', 'float32', ['rows', shape[1]!]);
  graph.output('y', ops.linear(x, value(name, shape), value('bias', bias.shape)));
  const session = await InferenceSession.create(graph.serialize());
  const feeds = {
    x: new Tensor('float32', Float32Array.from(golden.x.flat()), [golden.x.length, shape[1]!]),
  };
  const { y } = await session.run(feeds);
  await session.release();
  golden.bits7.y.flat().forEach((value, i) => {
    expect(y!.data[i]).toBeCloseTo(value, 4);
  });
});

test('a weight is never off by more than half a step', () => {
  const numbers = fc.array(fc.float({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(numbers, fc.constantFrom(DENSE_LIMIT, TABLE_LIMIT), (values, limit) => {
      const data = Float32Array.from(values);
      const { data: quantized, scales } = quantizeRows({ shape: [2, 4], data }, limit);
      data.forEach((value, i) => {
        const scale = scales[i >> 2]!;
        expect(Math.abs(quantized[i]! * scale - value)).toBeLessThanOrEqual(scale * 0.5001 + 1e-30);
        expect(Math.abs(quantized[i]!)).toBeLessThanOrEqual(limit);
      });
    }),
  );
});

test('two products fit into the 16 bits in which processors without VNNI add them', () => {
  expect(2 * 255 * DENSE_LIMIT).toBeLessThanOrEqual(2 ** 15 - 1);
});
