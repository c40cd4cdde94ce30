import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { clipFactor } from './adamw.ts';
import { Graph } from './graph.ts';

test.each([
  [0, 1],
  [0.5, 1],
  [4, 0.25],
  [1e-4, 5e-5],
])('gradients of norm %d, clipped at %d, shrink as PyTorch’s do', async (norm, maxNorm) => {
  const graph = new Graph();
  graph.output('factor', clipFactor(graph, graph.input('norm', 'float32', []), maxNorm));
  const session = await InferenceSession.create(graph.serialize());
  const { factor } = await session.run({ norm: new Tensor('float32', [norm], []) });
  expect(factor?.data[0]).toBeCloseTo(Math.min(1, maxNorm / (norm + 1e-6)), 6);
});
