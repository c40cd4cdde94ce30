/** Every engine that this machine has, for tests that hold all of them to the same. */
import type { Engine, EngineOptions } from '../engine/engine.ts';
import { createOnnxEngine } from '../engine/onnx/onnx-engine.ts';
import { loadTfjs, type TfjsBackend } from '../engine/tfjs/backends.ts';
import { createTfjsEngine } from '../engine/tfjs/tfjs-engine.ts';

export type EngineStarter = (options: EngineOptions) => Promise<Engine>;

export async function onnxStarter(options: EngineOptions): Promise<Engine> {
  return createOnnxEngine(options);
}

export function tfjsStarter(backend: TfjsBackend): EngineStarter {
  return async (options) => createTfjsEngine((await loadTfjs([backend])).tf, options);
}

/** On wasm, and on TensorFlow where it was installed. */
export async function tfjsStarters(): Promise<[string, EngineStarter][]> {
  const { backend: fastest } = await loadTfjs();
  const backends = [...new Set<TfjsBackend>([fastest, 'wasm'])];
  return backends.map((backend) => [`tfjs on ${backend}`, tfjsStarter(backend)]);
}

export async function engineStarters(): Promise<[string, EngineStarter][]> {
  return [['onnx', onnxStarter], ...(await tfjsStarters())];
}
