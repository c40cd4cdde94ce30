/**
 * Which engine trains, and where. The choice is made here and nowhere else; the engines are imported only when chosen, so
 * that none of them is loaded for nothing. A device that was asked for is had, or refused: never another in its place.
 */
import { OtzyvError } from '@otzyv/core';
import type { Engine, EngineOptions } from './engine.ts';
import { type FoundDevice, fastestDevice, mayHaveGpu } from './fastest-device.ts';
import type { TfjsBackend } from './tfjs/backends.ts';

/** `auto`: Otzyv chooses. */
export const ENGINES = ['auto', 'onnx', 'tfjs'] as const;
export type EngineRequest = (typeof ENGINES)[number];
export type EngineName = Exclude<EngineRequest, 'auto'>;

/** `auto`: the fastest that is there. */
export const DEVICES = ['auto', 'cpu', 'webgpu', 'cuda'] as const;
export type DeviceRequest = (typeof DEVICES)[number];

/** An engine, and what it is to run on; `auto` is left to tfjs. */
export interface EngineChoice {
  readonly engine: EngineName;
  readonly device: DeviceRequest;
}

/** What trains, and where. */
export interface RunningEngine {
  readonly name: EngineName;
  /** what the engine computes with: a provider of ONNX Runtime, a backend of tfjs */
  readonly backend: string;
  readonly device: 'cpu' | 'gpu';
  /** in words, why this backend */
  readonly reason: string;
  /** what was asked for and is not had */
  readonly warnings: readonly string[];
}

/**
 * ONNX Runtime, unless tfjs is asked for: it trains on all cores as soon as it is installed, and on the GPU where there is one
 * that is faster, which is measured.
 * @throws OtzyvError `system.no-device` where ONNX Runtime does not have what was asked for
 */
export async function chooseEngine(
  engine: EngineRequest,
  device: DeviceRequest = 'auto',
): Promise<EngineChoice> {
  if (engine === 'tfjs') return { engine, device };
  if (device === 'auto') return { engine: 'onnx', device: (await fastestDevice()).device };
  const { requireDevice } = await import('./onnx/devices.ts');
  await requireDevice(device);
  return { engine: 'onnx', device };
}

/** @throws OtzyvError `system.no-device`, `system.no-backend` when it cannot be had on this machine */
export async function startEngine(
  { engine: name, device }: EngineChoice,
  options: EngineOptions,
): Promise<{ engine: Engine; running: RunningEngine }> {
  return name === 'onnx' ? startOnnx(device, options) : startTfjs(device, options);
}

async function startOnnx(asked: DeviceRequest, options: EngineOptions) {
  const found: FoundDevice =
    asked === 'auto' ? await fastestDevice() : { device: asked, reason: 'as was asked for' };
  const { device } = found;
  const { requireDevice } = await import('./onnx/devices.ts');
  await requireDevice(device);
  const engine =
    device === 'webgpu'
      ? (await import('./onnx/webgpu-engine.ts')).createWebGpuEngine(options)
      : (await import('./onnx/onnx-engine.ts')).createOnnxEngine(options, device);
  const isSoftware = device === 'webgpu' && !mayHaveGpu();
  const running: RunningEngine = {
    name: 'onnx',
    backend: device,
    device: device === 'cpu' || isSoftware ? 'cpu' : 'gpu',
    reason: `ONNX Runtime on ${ONNX_PLACES[device]} (${found.reason})`,
    warnings: isSoftware ? [SOFTWARE] : [],
  };
  return { engine, running };
}

const ONNX_PLACES = { cpu: 'the CPU', webgpu: 'WebGPU', cuda: 'CUDA' };

const SOFTWARE = 'no GPU is in sight: a driver that is software computes WebGPU on the CPU, which is slow';

async function startTfjs(device: DeviceRequest, options: EngineOptions) {
  if (device === 'webgpu') {
    throw new OtzyvError(
      'system.no-device',
      'the engine tfjs has no WebGPU',
      'Take --engine onnx --device webgpu, or --device cuda.',
    );
  }
  const { loadTfjs } = await import('./tfjs/backends.ts');
  const { createTfjsEngine } = await import('./tfjs/tfjs-engine.ts');
  const { tf, backend, device: found, reason, warnings } = await loadTfjs(TFJS_BACKENDS_ON[device]);
  if (device === 'cuda' && found === 'cpu') {
    throw new OtzyvError(
      'system.no-device',
      `tfjs has no GPU here: ${[reason, ...warnings].join('; ')}`,
      'It needs CUDA 11.2 and cuDNN 8.1 (docs/gpu.md). Or take --device cpu. otzyv doctor tells what this machine has.',
    );
  }
  const idle = options.threads === undefined ? [] : ['--threads has no use: tfjs chooses its threads itself'];
  const running: RunningEngine = {
    ...{ name: 'tfjs', backend, device: found, reason },
    warnings: [...warnings, ...idle],
  };
  return { engine: createTfjsEngine(tf, options), running };
}

const TFJS_BACKENDS_ON: Record<'auto' | 'cpu' | 'cuda', readonly TfjsBackend[] | undefined> = {
  auto: undefined,
  cpu: ['tfjs-node', 'wasm', 'cpu'],
  cuda: ['tfjs-node-gpu'],
};
