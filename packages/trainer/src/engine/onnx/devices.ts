/**
 * The GPUs that ONNX Runtime finds on this machine, and why it finds none. A driver may end the process that tries it:
 * whoever only wants to know asks in a process of its own (`self-test.ts`).
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Graph } from './graph.ts';
import { hostSession, webGpuSession } from './session.ts';

/** Where ONNX Runtime computes. */
export const ONNX_DEVICES = ['cpu', 'webgpu', 'cuda'] as const;
export type OnnxDevice = (typeof ONNX_DEVICES)[number];
export type GpuDevice = Exclude<OnnxDevice, 'cpu'>;

/** What it takes to have a device that is not there. */
export const TO_HAVE: Record<GpuDevice, string> = {
  webgpu:
    'It takes a GPU and its driver: on Linux one for Vulkan, and libvulkan1; on Windows one for Direct3D 12.',
  cuda: 'Linux x64 with an NVIDIA card, its driver, CUDA 12 and cuDNN 9, then: npm run setup:cuda',
};

/** @returns why ONNX Runtime cannot compute on the device, in words; undefined where it can */
export async function absenceOf(device: GpuDevice): Promise<string | undefined> {
  if (device === 'cuda' && !existsSync(cudaLibrary())) {
    return 'its library for CUDA is not installed';
  }
  try {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [1]);
    graph.output('y', graph.node('Neg', [x], { dims: [1] }));
    const options = device === 'webgpu' ? webGpuSession([]) : hostSession('cuda', undefined);
    const session = await InferenceSession.create(graph.serialize(), options);
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1), [1]) });
    await session.release();
    return y?.data[0] === -1 ? undefined : 'it computes what is wrong';
  } catch (error) {
    return reasonIn((error as Error).message);
  }
}

/** @throws OtzyvError `system.no-device` where the device is not there: it was asked for, so nothing else will do */
export async function requireDevice(device: OnnxDevice): Promise<void> {
  if (device === 'cpu') return;
  const absence = await absenceOf(device);
  if (absence === undefined) return;
  throw new OtzyvError(
    'system.no-device',
    `ONNX Runtime has no ${device} here: ${absence}`,
    `${TO_HAVE[device]} Or take --device cpu. otzyv doctor tells what this machine has.`,
  );
}

/** Of what onnxruntime's install script downloads, the part that computes. */
function cudaLibrary(): string {
  const root = dirname(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')));
  const name =
    process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  return join(root, 'bin', 'napi-v6', process.platform, process.arch, name);
}

/** onnxruntime puts the place in its own source before what it has to say. */
function reasonIn(message: string): string {
  if (message.includes('No supported adapters')) return 'no GPU with a driver was found';
  return (message.trim().split('\n')[0] ?? '').replace(/^.* was false\. /, '').slice(0, 300);
}
