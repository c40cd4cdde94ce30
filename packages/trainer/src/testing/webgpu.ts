/** WebGPU where this machine has an adapter, if only in software: then `VK_ICD_FILENAMES` names one (docs/gpu.md). */
import { absenceOf } from '../engine/onnx/devices.ts';
import { createWebGpuEngine } from '../engine/onnx/webgpu-engine.ts';
import type { EngineStarter } from './engines.ts';

const absence = await absenceOf('webgpu');

export const hasWebGpu = absence === undefined;

/** For the title of what is skipped without it. */
export const onWebGpu = hasWebGpu ? 'on WebGPU' : `on WebGPU (skipped: ${absence})`;

export const webGpuStarter: EngineStarter = async (options) => createWebGpuEngine(options);
