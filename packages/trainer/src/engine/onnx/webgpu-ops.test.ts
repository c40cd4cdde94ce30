import type { NdArray } from '@otzyv/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { classification, goldenOptions, withDropout } from '../../testing/golden-bert.ts';
import { type Expression, expectRightGradients, IDS, OP_CASES } from '../../testing/op-cases.ts';
import { hasWebGpu, onWebGpu } from '../../testing/webgpu.ts';
import { createOnnxOps, type DropoutSites } from './differentiable-ops.ts';
import { differentiate } from './differentiate.ts';
import { Graph } from './graph.ts';
import { accumulationGraph, gradientGraph, inferenceGraph, updateGraph } from './graphs.ts';
import { webGpuSession } from './session.ts';

const create = (bytes: Uint8Array) => InferenceSession.create(bytes, webGpuSession([]));

describe.skipIf(!hasWebGpu)(`ops ${onWebGpu}`, { timeout: 120_000 }, () => {
  describe('compute what the plain engine computes, and their gradients are finite differences', () => {
    test.each(OP_CASES)('%s', (...one) => expectRightGradients(one, runGraph));
  });

  test('dropout, with the mask held, of a length that fills no word', async () => {
    const graph = new Graph();
    const sites: DropoutSites = [];
    const { ops, tape } = createOnnxOps(graph, 'webgpu', sites);
    const x = graph.input('x', 'float32', [5]);
    const y = ops.dropout(x, 0.5);
    const loss = ops.sum(ops.multiply(y, y));
    graph.output('y', y);
    graph.output('dx', differentiate(graph, tape, loss, [x]).get('x')!);
    const session = await create(graph.serialize());
    const results = await session.run({
      x: new Tensor('float32', [1, 2, 3, 4, 5], [5]),
      'dropout.0': new Tensor('uint8', [0, 127, 128, 255, 129], [5]),
    });
    expect([...(results['y']!.data as Float32Array)]).toEqual([0, 0, 6, 8, 10]);
    expect([...(results['dx']!.data as Float32Array)]).toEqual([0, 0, 24, 32, 40]);
    await session.release();
  });

  test('the gradient of gather loses no addition with many repeated ids', async () => {
    const graph = new Graph();
    const { ops, tape } = createOnnxOps(graph, 'webgpu');
    const table = graph.input('table', 'float32', [50, 64]);
    const ids = graph.input('ids', 'int32', ['n']);
    graph.output(
      'gradient',
      differentiate(graph, tape, ops.sum(ops.gather(table, ids)), [table]).get('table')!,
    );
    const session = await create(graph.serialize());
    const n = 4000;
    for (let run = 0; run < 5; run++) {
      const { gradient } = await session.run({
        table: new Tensor('float32', new Float32Array(50 * 64), [50, 64]),
        ids: new Tensor(
          'int32',
          Int32Array.from({ length: n }, (_, i) => (i * 7) % 10),
          [n],
        ),
      });
      const data = gradient!.data as Float32Array;
      expect(data.slice(0, 640).every((value) => value === n / 10)).toBe(true);
      expect(data.slice(640).every((value) => value === 0)).toBe(true);
    }
    await session.release();
  });
});

describe.skipIf(!hasWebGpu)(`no node falls back to the CPU ${onWebGpu}`, { timeout: 120_000 }, () => {
  const options = { ...goldenOptions, ...withDropout };
  const activations = ['gelu', 'relu', 'gelu_new'] as const;
  const losses = [
    { kind: 'cross-entropy' },
    { kind: 'cross-entropy', labelSmoothing: 0.1 },
    { kind: 'focal', gamma: 2 },
  ] as const;

  test.each([
    ...activations.map((activation) => {
      const config = { ...withDropout.config, activation };
      return [
        `answering, ${activation}`,
        () => inferenceGraph(config, goldenOptions.objective, 'webgpu'),
      ] as const;
    }),
    ...activations.map((activation) => {
      const changed = { ...options, config: { ...withDropout.config, activation } };
      return [`gradients, ${activation}`, () => gradientGraph(changed, 'webgpu')] as const;
    }),
    ...losses.map(
      (loss) =>
        [
          `accumulated gradients, ${JSON.stringify(loss)}`,
          () => accumulationGraph({ ...options, objective: { ...classification, loss } }, 'webgpu'),
        ] as const,
    ),
    ['the update', () => updateGraph(options)] as const,
    ['answering, masked', () => inferenceGraph(options.config, { kind: 'masked-lm' }, 'webgpu')] as const,
    [
      'gradients, masked',
      () => gradientGraph({ ...options, objective: { kind: 'masked-lm' } }, 'webgpu'),
    ] as const,
  ])('%s', async (_, build) => {
    const session = await create(build().bytes); // it throws where a node would run on the CPU
    expect(session.outputNames.length).toBeGreaterThan(0);
    await session.release();
  });

  test('the graphs of the CPU are refused', async () => {
    await expect(create(gradientGraph(options, 'onnxruntime').bytes)).rejects.toThrow(
      /assigned to the default CPU EP/,
    );
  });
});

async function runGraph(inputs: NdArray[], direction: NdArray, expression: Expression) {
  const graph = new Graph();
  const { ops, tape } = createOnnxOps(graph, 'webgpu');
  const declared = inputs.map(({ shape }, i) => graph.input(`x${i}`, 'float32', shape));
  const ids = graph.input('ids', 'int32', [2, 2]);
  const r = graph.input('direction', 'float32', direction.shape);
  const output = expression(ops, declared, ids);
  const gradients = differentiate(graph, tape, ops.sum(ops.multiply(output, r)), declared);
  graph.output('output', output);
  for (const { name } of declared) graph.output(`gradient.${name}`, gradients.get(name)!);

  const session = await create(graph.serialize());
  const feeds = {
    ...Object.fromEntries(inputs.map((input, i) => [`x${i}`, floatTensor(input)])),
    ids: new Tensor('int32', Int32Array.from(IDS.data), [2, 2]),
    direction: floatTensor(direction),
  };
  const results = await session.run(
    Object.fromEntries(Object.entries(feeds).filter(([name]) => session.inputNames.includes(name))),
  );
  await session.release();
  return {
    output: results['output']!.data as Float32Array,
    gradients: inputs.map((_, i) => results[`gradient.x${i}`]!.data as Float32Array),
  };
}

function floatTensor({ shape, data }: NdArray): Tensor {
  return new Tensor('float32', Float32Array.from(data), shape);
}
