// Our engine on TensorFlow.js beside the one on ONNX Runtime: the same step, on whatever backend tfjs finds here.
import { startEngine } from '@otzyv/trainer';
import { TFJS_VERSION } from '../../packages/trainer/dist/version.js';
import { engineOptions, stepOf } from '../training-side.js';

export const engineRows = [
  {
    name: 'step-tiny2-tfjs',
    what: 'training step on tfjs beside ONNX Runtime, rubert-tiny2 shape, 16 × 128 tokens',
    ...{ aim: 'none', unit: 'ms', n: 5 },
    start: async () => {
      const { engine: onnx, batch, start } = stepOf('tiny2');
      const { engine: tfjs, running } = await startEngine(
        { engine: 'tfjs', device: 'auto' },
        engineOptions(start),
      );
      return {
        peerName: 'our engine on ONNX Runtime',
        versions: { [`tfjs on ${running.backend}`]: TFJS_VERSION },
        ours: () => timed(tfjs, batch),
        peer: () => timed(onnx, batch),
        close: async () => {
          await tfjs.dispose();
          await onnx.dispose();
        },
      };
    },
  },
];

async function timed(engine, batch) {
  const begun = performance.now();
  await engine.trainStep([batch], 2e-5);
  return performance.now() - begun;
}
