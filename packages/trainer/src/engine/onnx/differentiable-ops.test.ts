import type { NdArray } from '@otzyv/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { type Expression, expectRightGradients, IDS, OP_CASES } from '../../testing/op-cases.ts';
import { createOnnxOps, type DropoutSites } from './differentiable-ops.ts';
import { differentiate } from './differentiate.ts';
import { Graph } from './graph.ts';

describe('every op computes what the plain engine computes, and its gradient rule is its finite difference', () => {
  test.each(OP_CASES)('%s', (...one) => expectRightGradients(one, runGraph));

  test('dropout, with the mask held', async () => {
    const graph = new Graph();
    const sites: DropoutSites = [];
    const { ops, tape } = createOnnxOps(graph, 'onnxruntime', sites);
    const x = graph.input('x', 'float32', [4]);
    const y = ops.dropout(x, 0.5);
    const loss = ops.sum(ops.multiply(y, y));
    graph.output('y', y);
    graph.output('dx', differentiate(graph, tape, loss, [x]).get('x')!);
    expect(sites).toEqual([{ name: 'dropout.0', dims: [4] }]);

    const session = await InferenceSession.create(graph.serialize());
    const results = await session.run({
      x: new Tensor('float32', [1, 2, 3, 4], [4]),
      'dropout.0': new Tensor('uint8', [0, 127, 128, 255], [4]),
    });
    expect([...(results['y']!.data as Float32Array)]).toEqual([0, 0, 6, 8]);
    expect([...(results['dx']!.data as Float32Array)]).toEqual([0, 0, 24, 32]);
  });

  test('dropout is the identity outside training', () => {
    const graph = new Graph();
    const { ops } = createOnnxOps(graph, 'onnxruntime');
    const x = graph.input('x', 'float32', [4]);
    expect(ops.dropout(x, 0.5)).toBe(x);
  });
});

test('the gradient of gather loses no addition with many repeated ids on several threads', async () => {
  const graph = new Graph();
  const { ops, tape } = createOnnxOps(graph, 'onnxruntime');
  const table = graph.input('table', 'float32', [50, 64]);
  const ids = graph.input('ids', 'int64', ['n']);
  const loss = ops.sum(ops.gather(table, ids));
  graph.output('gradient', differentiate(graph, tape, loss, [table]).get('table')!);
  const session = await InferenceSession.create(graph.serialize(), { intraOpNumThreads: 4 });

  const n = 4000;
  const ids64 = BigInt64Array.from({ length: n }, (_, i) => BigInt((i * 7) % 10));
  for (let run = 0; run < 20; run++) {
    const { gradient } = await session.run({
      table: new Tensor('float32', new Float32Array(50 * 64), [50, 64]),
      ids: new Tensor('int64', ids64, [n]),
    });
    const data = gradient!.data as Float32Array;
    expect(data.slice(0, 640).every((value) => value === n / 10)).toBe(true);
    expect(data.slice(640).every((value) => value === 0)).toBe(true);
  }
});

test('the gradient of gather has the size of a table whose rows are counted when it runs', async () => {
  const graph = new Graph();
  const { ops, tape } = createOnnxOps(graph, 'onnxruntime');
  const x = graph.input('x', 'float32', ['batch', 'time', 2]);
  const places = graph.input('places', 'int64', ['places']);
  const loss = ops.sum(ops.gather(ops.reshape(x, [-1, 2]), places));
  graph.output('gradient', differentiate(graph, tape, loss, [x]).get('x')!);
  const session = await InferenceSession.create(graph.serialize());
  const { gradient } = await session.run({
    x: new Tensor('float32', new Float32Array(12), [2, 3, 2]),
    places: new Tensor('int64', BigInt64Array.of(1n, 5n, 1n), [3]),
  });
  expect(gradient!.dims).toEqual([2, 3, 2]);
  expect([...(gradient!.data as Float32Array)]).toEqual([0, 0, 2, 2, 0, 0, 0, 0, 0, 0, 1, 1]);
});

test('a parameter that the loss does not reach is an error that names it', () => {
  const graph = new Graph();
  const { ops, tape } = createOnnxOps(graph, 'onnxruntime');
  const [used, unused] = [graph.input('used', 'float32', [2]), graph.input('unused', 'float32', [2])];
  expect(() => differentiate(graph, tape, ops.sum(used), [used, unused])).toThrow(/unused/);
});

async function runGraph(inputs: NdArray[], direction: NdArray, expression: Expression) {
  const graph = new Graph();
  const { ops, tape } = createOnnxOps(graph, 'onnxruntime');
  const declared = inputs.map(({ shape }, i) => graph.input(`x${i}`, 'float32', shape));
  const ids = graph.input('ids', 'int64', [2, 2]);
  const r = graph.input('direction', 'float32', direction.shape);
  const output = expression(ops, declared, ids);
  const gradients = differentiate(graph, tape, ops.sum(ops.multiply(output, r)), declared);
  graph.output('output', output);
  declared.forEach(({ name }) => {
    graph.output(`gradient.${name}`, gradients.get(name)!);
  });

  const session = await InferenceSession.create(graph.serialize());
  const used = new Set(session.inputNames);
  const feeds = {
    ...Object.fromEntries(inputs.map((input, i) => [`x${i}`, floatTensor(input)])),
    ids: new Tensor('int64', BigInt64Array.from(IDS.data, BigInt), [2, 2]),
    direction: floatTensor(direction),
  };
  const results = await session.run(
    Object.fromEntries(Object.entries(feeds).filter(([name]) => used.has(name))),
  );
  return {
    output: results['output']!.data as Float32Array,
    gradients: inputs.map((_, i) => results[`gradient.x${i}`]!.data as Float32Array),
  };
}

function floatTensor({ shape, data }: NdArray): Tensor {
  return new Tensor('float32', Float32Array.from(data), shape);
}
