/**
 * NVIDIA's GPUs as `nvidia-smi` sees them, which comes with their driver. One process tells of them again and again: to start
 * one for each reading would cost more than the reading. Where there is none, or it fails, nothing is known, and that is all.
 */
import { type ChildProcess, spawn } from 'node:child_process';

export interface GpuReading {
  readonly name: string;
  /** of its time, 0 … 100 */
  readonly utilisationPercent: number;
  readonly memoryBytes: number;
  readonly memoryTotalBytes: number;
}

export interface GpuWatch {
  /** the last that was told of each; none before the first */
  latest(): readonly GpuReading[];
  stop(): void;
}

const QUERY = 'index,name,utilization.gpu,memory.used,memory.total';
const MEBIBYTE = 2 ** 20;

export function watchGpus(): GpuWatch {
  const gpus = new Map<string, GpuReading>();
  const child = startWatching();
  child?.on('error', () => undefined); // there is none
  let half = '';
  child?.stdout?.setEncoding('utf8');
  child?.stdout?.on('error', () => undefined);
  child?.stdout?.on('data', (chunk: string) => {
    const lines = (half + chunk).split('\n');
    half = lines.pop()?.slice(-1000) ?? '';
    for (const line of lines) {
      const [index, gpu] = parseReading(line);
      if (gpu !== undefined) gpus.set(index, gpu);
    }
  });
  child?.on('exit', () => gpus.clear());
  const kill = () => void child?.kill();
  process.once('exit', kill);
  return {
    latest: () => [...gpus.values()],
    stop: () => {
      process.off('exit', kill);
      kill();
      child?.stdout?.destroy();
    },
  };
}

/** @returns undefined where the system has no process to spare */
function startWatching(): ChildProcess | undefined {
  const args = [`--query-gpu=${QUERY}`, '--format=csv,noheader,nounits', '--loop=2'];
  try {
    return spawn('nvidia-smi', args, { stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true });
  } catch {
    return undefined;
  }
}

/** A line such as `0, NVIDIA L4, 37, 1812, 23034`; what a GPU does not tell is `[N/A]`. */
function parseReading(line: string): [index: string, gpu: GpuReading | undefined] {
  const fields = line.split(',').map((field) => field.trim());
  const [index = '', name = ''] = fields;
  const numbers = fields.slice(2).map(Number);
  const [utilisationPercent = Number.NaN, used = Number.NaN, total = Number.NaN] = numbers;
  if (fields.length !== 5 || !numbers.every(Number.isFinite)) return [index, undefined];
  return [
    index,
    { name, utilisationPercent, memoryBytes: used * MEBIBYTE, memoryTotalBytes: total * MEBIBYTE },
  ];
}
