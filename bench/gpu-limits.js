// What the GPU can do at most, by the same runtime: products of large matrices, and copies.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Graph } from '../packages/trainer/dist/engine/onnx/graph.js';
import { webGpuSession } from '../packages/trainer/dist/engine/onnx/session.js';

const TIMES = 10;

/** @returns GFLOP/s, in a chain of products of square matrices that lie on the GPU */
export async function matrixRate(shape) {
  const side = shape === 'smoke' ? 128 : 4096;
  const ms = await timedChain(side, (graph, y, x) => graph.node('MatMul', [y, x], { dims: [side, side] }));
  return (TIMES * 2 * side ** 3) / ms / 1e6;
}

/** @returns GB/s, read and written */
export async function copyRate(shape) {
  const side = shape === 'smoke' ? 128 : 8192;
  const ms = await timedChain(side, (graph, y) => graph.node('Neg', [y], { dims: [side, side] }));
  return (TIMES * 2 * 4 * side ** 2) / ms / 1e6;
}

async function timedChain(side, next) {
  const graph = new Graph();
  const dims = [side, side];
  const x = graph.node('Expand', [graph.input('value', 'float32', [1]), graph.integers(dims)], { dims });
  let y = x;
  for (let i = 0; i < TIMES; i++) y = next(graph, y, x);
  const corner = graph.node('Slice', [y, graph.integers([0]), graph.integers([1]), graph.integers([0])], {
    dims: [1, side],
  });
  graph.output('y', corner);
  const session = await InferenceSession.create(graph.serialize(), {
    ...webGpuSession([]),
    graphOptimizationLevel: 'disabled',
  });
  const feeds = { value: new Tensor('float32', [1 / side], [1]) };
  await session.run(feeds); // compiles
  let best = Infinity;
  for (let i = 0; i < 5; i++) {
    const begun = performance.now();
    await session.run(feeds);
    best = Math.min(best, performance.now() - begun);
  }
  await session.release();
  return best;
}
