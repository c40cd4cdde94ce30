/** Where ONNX Runtime is fastest on this machine: a GPU is tried, and measured beside the CPU, before it is trusted. */
import { existsSync, readdirSync } from 'node:fs';
import type { OnnxDevice } from './onnx/devices.ts';
import { selfTest } from './self-test.ts';

export interface FoundDevice {
  readonly device: OnnxDevice;
  /** in words */
  readonly reason: string;
}

/** By how much a GPU must be faster: its moves of data cost what a product of matrices does not show. */
const WORTH_IT = 2;

let found: Promise<FoundDevice> | undefined;

/** Measured once a process. */
export function fastestDevice(): Promise<FoundDevice> {
  found ??= measure();
  return found;
}

async function measure(): Promise<FoundDevice> {
  if (!mayHaveGpu()) return { device: 'cpu', reason: 'no GPU is in sight' };
  const cpu = await selfTest({ engine: 'onnx', on: 'cpu' });
  const cpuRate = (cpu.works && cpu.gigaflops) || 0;
  const refused: string[] = [];
  for (const device of ['cuda', 'webgpu'] as const) {
    const gpu = await selfTest({ engine: 'onnx', on: device });
    if (!gpu.works) {
      refused.push(`no ${device}: ${gpu.why}`);
      continue;
    }
    const rates = `${device} multiplies matrices at ${rounded(gpu.gigaflops)} GFLOP/s, the CPU at ${rounded(cpuRate)}`;
    if ((gpu.gigaflops ?? 0) >= WORTH_IT * cpuRate) return { device, reason: rates };
    refused.push(rates);
  }
  return { device: 'cpu', reason: refused.join('; ') };
}

const rounded = (rate: number | undefined): number => Math.round(rate ?? 0);

/** Elsewhere than on Linux there is nearly always one. */
export function mayHaveGpu(): boolean {
  if (process.platform !== 'linux') return true;
  if (existsSync('/dev/nvidia0') || existsSync('/dev/dxg')) return true;
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
}
