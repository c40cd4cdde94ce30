/** How fast a device multiplies matrices: nearly all that a training step of a large model does. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { OnnxDevice } from './devices.ts';
import { Graph } from './graph.ts';
import { hostSession, webGpuSession } from './session.ts';

const [ROWS, SIDE, PRODUCTS] = [1024, 768, 4];

/** @returns 10⁹ operations a second, in a chain of products of 1024 × 768 and 768 × 768 */
export async function productRate(device: OnnxDevice): Promise<number> {
  const graph = new Graph();
  const weight = graph.input('weight', 'float32', [SIDE, SIDE]);
  let x = graph.input('x', 'float32', [ROWS, SIDE]);
  for (let i = 0; i < PRODUCTS; i++) x = graph.node('MatMul', [x, weight], { dims: [ROWS, SIDE] });
  graph.output('y', graph.node('ReduceMean', [x], { dims: [] }, { attributes: { keepdims: 0 } }));
  const session = await InferenceSession.create(
    graph.serialize(),
    device === 'webgpu' ? webGpuSession([]) : hostSession(device, undefined),
  );
  const matrix = (rows: number) =>
    new Tensor('float32', new Float32Array(rows * SIDE).fill(1e-3), [rows, SIDE]);
  const feeds = { x: matrix(ROWS), weight: matrix(SIDE) };
  const timed = async () => {
    const start = performance.now();
    await session.run(feeds);
    return performance.now() - start;
  };
  let best = await timed(); // it compiles as well, which is nothing beside a device this slow:
  if (best < 5000) {
    for (const until = performance.now() + 300; performance.now() < until; ) {
      best = Math.min(best, await timed());
    }
  }
  await session.release();
  return (PRODUCTS * 2 * ROWS * SIDE * SIDE) / best / 1e6;
}
