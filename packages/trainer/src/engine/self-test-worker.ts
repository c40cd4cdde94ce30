/** The process of a self-test: it answers with one message. */

import { mayHaveGpu } from './fastest-device.ts';
import { absenceOf, ONNX_DEVICES, type OnnxDevice } from './onnx/devices.ts';
import { createOnnxEngine } from './onnx/onnx-engine.ts';
import { productRate } from './onnx/product-rate.ts';
import { createWebGpuEngine } from './onnx/webgpu-engine.ts';
import { type SelfTest, selfTestOptions, twoSteps } from './self-test.ts';
import { loadTfjs, type TfjsBackend } from './tfjs/backends.ts';
import { createTfjsEngine } from './tfjs/tfjs-engine.ts';

async function onOnnx(device: OnnxDevice): Promise<SelfTest> {
  const absence = device === 'cpu' ? undefined : await absenceOf(device);
  if (absence !== undefined) return { works: false, why: absence };
  const options = selfTestOptions();
  const engine = device === 'webgpu' ? createWebGpuEngine(options) : createOnnxEngine(options, device);
  const steps = await twoSteps(engine);
  return {
    ...{ works: true, ...steps, gigaflops: await productRate(device) },
    device: device === 'cpu' || (device === 'webgpu' && !mayHaveGpu()) ? 'cpu' : 'gpu',
  };
}

async function onTfjs(backend: TfjsBackend): Promise<SelfTest> {
  const { tf, device } = await loadTfjs([backend]);
  const steps = await twoSteps(createTfjsEngine(tf, selfTestOptions()));
  return { works: true, ...steps, device };
}

const [engine, on] = process.argv.slice(2) as [string, string];
const test =
  engine === 'onnx'
    ? onOnnx(ONNX_DEVICES.find((device) => device === on) ?? 'cpu')
    : onTfjs(on as TfjsBackend);
test
  .catch((error: Error): SelfTest => ({ works: false, why: error.message }))
  .then((result) => process.send?.(result));
