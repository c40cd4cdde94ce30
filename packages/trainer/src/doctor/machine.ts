/** What the machine is made of. Graphics cards are asked of NVIDIA's own tool; others show only by what runs on them. */
import { execFile } from 'node:child_process';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { mayHaveGpu } from '../engine/fastest-device.ts';

export interface Machine {
  /** version of Node */
  readonly node: string;
  /** @example linux x64 */
  readonly platform: string;
  readonly cpu: string;
  /** that this process may use */
  readonly cores: number;
  readonly memoryBytes: number;
  readonly freeBytes: number;
  /** whether the system shows a graphics device of any make */
  readonly mayHaveGpu: boolean;
  /** of NVIDIA */
  readonly gpus: readonly Gpu[];
}

export interface Gpu {
  readonly name: string;
  readonly driver: string;
  readonly memoryBytes: number;
  readonly freeBytes: number;
}

export async function readMachine(): Promise<Machine> {
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    freeBytes: freemem(),
    mayHaveGpu: mayHaveGpu(),
    gpus: await nvidiaGpus(),
  };
}

async function nvidiaGpus(): Promise<Gpu[]> {
  const query = ['--query-gpu=name,driver_version,memory.total,memory.free', '--format=csv,noheader,nounits'];
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 20_000 });
    return parseGpus(stdout);
  } catch {
    return []; // no tool, no driver
  }
}

/** @param csv a line a card: name, driver, memory and free memory in MiB */
export function parseGpus(csv: string): Gpu[] {
  return csv
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 4)
    .map(([name = '', driver = '', memory, free]) => ({
      ...{ name, driver },
      memoryBytes: Number(memory) * 2 ** 20,
      freeBytes: Number(free) * 2 ** 20,
    }));
}
