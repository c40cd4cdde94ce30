// How much of onnxruntime's own rate of matrix products a whole training step reaches: dropout, normalisation, softmax,
// clipping and AdamW are in the time, and products alone are in the work.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Graph } from '../../packages/trainer/dist/engine/onnx/graph.js';
import { SHAPES } from '../shapes.js';
import { BATCH, LENGTH, stepOf } from '../training-side.js';
import { MILLION, productsOfStep } from '../work.js';

export const shareRows = [
  { shape: 'tiny2', aim: 0.7 },
  { shape: 'base', aim: 0.85 },
].map(({ shape, aim }) => ({
  name: `share-${shape}`,
  what: `training step, rubert-${shape} shape, beside onnxruntime's rate of its largest products`,
  ...{ aim, unit: 'GFLOP/s', isRate: true, n: 7 },
  start: async () => {
    const config = SHAPES[shape];
    const { engine, batch } = stepOf(shape);
    const products = await chainOfProducts(config);
    const work = productsOfStep(config);
    return {
      peerName: "onnxruntime's MatMul",
      versions: {},
      ours: async () => work / (await timed(() => engine.trainStep([batch], 2e-5))),
      peer: async () => products.work / (await timed(products.run)),
      close: () => engine.dispose(),
    };
  },
}));

/** All tokens up to the wider side of a layer and down again, many times in one call: a single result is copied. */
async function chainOfProducts({ hiddenSize, intermediateSize }) {
  const times = 10;
  const rows = BATCH * LENGTH;
  const graph = new Graph();
  const shapes = {
    x: [rows, hiddenSize],
    up: [hiddenSize, intermediateSize],
    down: [intermediateSize, hiddenSize],
  };
  const [x, up, down] = Object.entries(shapes).map(([name, dims]) => graph.input(name, 'float32', dims));
  let y = x;
  for (let i = 0; i < times; i++) {
    const wide = graph.node('MatMul', [y, up], { dims: [rows, intermediateSize] });
    y = graph.node('MatMul', [wide, down], { dims: [rows, hiddenSize] });
  }
  graph.output('y', y);
  const session = await InferenceSession.create(graph.serialize());
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, dims]) => [name, new Tensor('float32', noise(dims), dims)]),
  );
  return {
    work: (times * 2 * 2 * rows * hiddenSize * intermediateSize) / MILLION,
    run: () => session.run(feeds),
  };
}

/** Of such a size that products neither vanish nor explode. */
function noise([rows, columns]) {
  return Float32Array.from(
    { length: rows * columns },
    (_, i) => (Math.sin(i * i) * Math.SQRT2) / Math.sqrt(rows),
  );
}

async function timed(run) {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}
