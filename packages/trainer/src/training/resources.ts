/** What a training takes of its machine, told between its steps: at most once in two seconds, and once a step. */
import type { Listener, RunEvent } from './events.ts';
import { type GpuReading, type GpuWatch, watchGpus } from './nvidia-smi.ts';

export interface ResourceReading {
  /** of one core: 400 is four of them */
  readonly cpuPercent: number;
  /** of the process, as it lies in memory */
  readonly memoryBytes: number;
  /** all of the machine's, whoever uses them; none where NVIDIA's tools are not installed */
  readonly gpus: readonly GpuReading[];
}

const BETWEEN_MS = 2000;

export interface ResourceListener {
  readonly listen: Listener;
  close(): void;
}

/** Hands events on, and after those of work adds readings. While a run is paused, nothing is read. */
export function withResources(listen: Listener): ResourceListener {
  let gpus: GpuWatch | undefined;
  let since = readingsBegin();
  const close = () => {
    gpus?.stop();
    gpus = undefined;
  };
  return {
    listen: (event) => {
      listen(event);
      if (event.type === 'run.paused') close();
      if (event.type === 'run.unpaused' || event.type === 'engine.ready') {
        gpus ??= watchGpus();
        since = readingsBegin();
      }
      const wallMs = performance.now() - since.at;
      if (!isWork(event) || wallMs < BETWEEN_MS) return;
      const { user, system } = process.cpuUsage(since.cpu);
      since = readingsBegin();
      listen({
        type: 'resources',
        cpuPercent: Math.round((user + system) / 10 / wallMs), // microseconds in a millisecond's share
        memoryBytes: process.memoryUsage.rss(),
        gpus: gpus?.latest() ?? [],
      });
    },
    close,
  };
}

function readingsBegin() {
  return { at: performance.now(), cpu: process.cpuUsage() };
}

function isWork({ type }: RunEvent): boolean {
  return type === 'step' || type === 'refit.step' || type === 'linear.iteration';
}
