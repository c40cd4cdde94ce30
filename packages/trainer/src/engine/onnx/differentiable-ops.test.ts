import { arrayOps, createRandom, type NdArray, ndArray, type Ops } from '@otzyv/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { createOnnxOps, type DropoutSites } from './differentiable-ops.ts';
import { differentiate } from './differentiate.ts';
import { Graph } from './graph.ts';

/** An expression over float inputs (differentiated) and the integers [[0, 2], [2, 1]]. */
type Expression = <T>(ops: Ops<T>, inputs: T[], ids: T) => T;

const IDS = ndArray([2, 2], [0, 2, 2, 1]);

const cases: Record<string, { shapes: number[][]; positive?: boolean; expression: Expression }> = {
  'add, broadcasting': { shapes: [[2, 3], [3]], expression: (ops, [a, b]) => ops.add(a!, b!) },
  'add of a value to itself': { shapes: [[2, 3]], expression: (ops, [a]) => ops.add(a!, a!) },
  'subtract, broadcasting': { shapes: [[3], [2, 3]], expression: (ops, [a, b]) => ops.subtract(a!, b!) },
  'multiply, broadcasting an inner axis': {
    shapes: [
      [2, 3, 2],
      [3, 1],
    ],
    expression: (ops, [a, b]) => ops.multiply(a!, b!),
  },
  'multiply by a scalar': { shapes: [[2, 3], []], expression: (ops, [a, b]) => ops.multiply(a!, b!) },
  divide: {
    shapes: [
      [2, 3],
      [2, 3],
    ],
    positive: true,
    expression: (ops, [a, b]) => ops.divide(a!, b!),
  },
  exp: { shapes: [[4]], expression: (ops, [a]) => ops.exp(a!) },
  log: { shapes: [[4]], positive: true, expression: (ops, [a]) => ops.log(a!) },
  tanh: { shapes: [[4]], expression: (ops, [a]) => ops.tanh(a!) },
  relu: { shapes: [[3, 5]], expression: (ops, [a]) => ops.relu(a!) },
  gelu: { shapes: [[3, 5]], expression: (ops, [a]) => ops.gelu(a!) },
  matmul: {
    shapes: [
      [2, 3, 4],
      [2, 4, 2],
    ],
    expression: (ops, [a, b]) => ops.matmul(a!, b!),
  },
  'matmul, second transposed': {
    shapes: [
      [2, 2, 3, 4],
      [2, 2, 5, 4],
    ],
    expression: (ops, [a, b]) => ops.matmul(a!, b!, { transposeB: true }),
  },
  'matmul, first transposed': {
    shapes: [
      [2, 4, 3],
      [2, 4, 2],
    ],
    expression: (ops, [a, b]) => ops.matmul(a!, b!, { transposeA: true }),
  },
  'matmul, both transposed': {
    shapes: [
      [2, 4, 3],
      [2, 5, 4],
    ],
    expression: (ops, [a, b]) => ops.matmul(a!, b!, { transposeA: true, transposeB: true }),
  },
  'matmul, one matrix for the whole batch': {
    shapes: [
      [2, 3, 4],
      [4, 2],
    ],
    expression: (ops, [a, b]) => ops.matmul(a!, b!),
  },
  linear: { shapes: [[2, 3, 4], [5, 4], [5]], expression: (ops, [x, w, b]) => ops.linear(x!, w!, b!) },
  'linear on a matrix': {
    shapes: [[3, 4], [2, 4], [2]],
    expression: (ops, [x, w, b]) => ops.linear(x!, w!, b!),
  },
  softmax: { shapes: [[2, 3, 4]], expression: (ops, [a]) => ops.softmax(a!) },
  logSoftmax: { shapes: [[3, 4]], expression: (ops, [a]) => ops.logSoftmax(a!) },
  layerNorm: {
    shapes: [[2, 3, 8], [8], [8]],
    expression: (ops, [x, g, b]) => ops.layerNorm(x!, g!, b!, 1e-5),
  },
  'sum over all': { shapes: [[2, 3]], expression: (ops, [a]) => ops.sum(a!) },
  'sum over an axis': { shapes: [[2, 3, 4]], expression: (ops, [a]) => ops.sum(a!, 1) },
  reshape: { shapes: [[2, 6]], expression: (ops, [a]) => ops.tanh(ops.reshape(a!, ['keep', 3, -1])) },
  transpose: { shapes: [[2, 3, 4]], expression: (ops, [a]) => ops.transpose(a!, [2, 0, 1]) },
  select: { shapes: [[2, 3, 4]], expression: (ops, [a]) => ops.select(a!, 1, 1) },
  'gather, with repeated ids': {
    shapes: [[3, 4]],
    expression: (ops, [table], ids) => ops.gather(table!, ids),
  },
  range: { shapes: [[3, 2]], expression: (ops, [a]) => ops.gather(a!, ops.range(a!, 0)) },
  'oneHot and toFloat': {
    shapes: [[3], [2, 2]],
    expression: (ops, [a, b], ids) =>
      ops.add(ops.sum(ops.multiply(ops.oneHot(ids, 3), a!), 2), ops.multiply(b!, ops.toFloat(ids))),
  },
  'one value used in many places': {
    shapes: [[2, 3]],
    expression: (ops, [a]) => ops.multiply(ops.tanh(a!), ops.add(ops.exp(ops.tanh(a!)), ops.softmax(a!))),
  },
};

describe('every op computes what the plain engine computes, and its gradient rule is its finite difference', () => {
  for (const [name, { shapes, positive = false, expression }] of Object.entries(cases)) {
    test(name, async () => {
      const random = createRandom(7, name);
      const inputs = shapes.map((shape) =>
        randomArray(shape, () => (positive ? 0.5 + random.uniform() : random.normal())),
      );
      const plain = (at: NdArray[]) => expression(arrayOps, at, IDS);
      const direction = randomArray(plain(inputs).shape, () => random.normal());
      const objective = (at: NdArray[]) => arrayOps.sum(arrayOps.multiply(plain(at), direction)).data[0]!;

      const { output, gradients } = await runGraph(inputs, direction, expression);
      expectClose(output, plain(inputs).data, 1e-5);
      for (const [i, input] of inputs.entries()) {
        expectClose(gradients[i]!, finiteDifferences(objective, inputs, input, i), 2e-4);
      }
    });
  }

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

function randomArray(shape: readonly number[], draw: () => number): NdArray {
  return ndArray(shape, Array.from({ length: shape.reduce((product, dim) => product * dim, 1) }, draw));
}

function finiteDifferences(
  objective: (at: NdArray[]) => number,
  inputs: NdArray[],
  input: NdArray,
  index: number,
): number[] {
  const step = 1e-5;
  const moved = (element: number, by: number) =>
    inputs.with(
      index,
      ndArray(
        input.shape,
        input.data.map((value, i) => (i === element ? value + by : value)),
      ),
    );
  return Array.from(
    input.data,
    (_, element) => (objective(moved(element, step)) - objective(moved(element, -step))) / (2 * step),
  );
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!) / Math.max(1, Math.abs(expected[i]!));
    expect(error, `element ${i}: ${actual[i]} for ${expected[i]}`).toBeLessThan(tolerance);
  }
}
