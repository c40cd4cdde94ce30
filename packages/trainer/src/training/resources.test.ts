import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunEvent } from './events.ts';
import { type GpuReading, watchGpus } from './nvidia-smi.ts';
import { withResources } from './resources.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'otzyv-gpus-'));
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH']}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** What `nvidia-smi` is while a test goes: it tells what lies in a file, notes its process, and waits to be ended. */
function installNvidiaSmi(...lines: string[]): void {
  const script = `#!/bin/sh\necho $$ >> '${folder}/processes'\ncat '${folder}/lines'\nexec sleep 600\n`;
  writeFileSync(join(folder, 'lines'), lines.join('\n'));
  writeFileSync(join(folder, 'nvidia-smi'), script);
  chmodSync(join(folder, 'nvidia-smi'), 0o755);
}

const processes = () =>
  existsSync(join(folder, 'processes'))
    ? readFileSync(join(folder, 'processes'), 'utf8').trim().split('\n').map(Number)
    : [];
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

const L4: GpuReading = {
  name: 'NVIDIA L4',
  utilisationPercent: 37,
  memoryBytes: 1812 * 2 ** 20,
  memoryTotalBytes: 23034 * 2 ** 20,
};

describe.skipIf(process.platform === 'win32')('GPUs', () => {
  test('are told of as they were last seen; what one does not tell is left out, and half a line waits', async () => {
    installNvidiaSmi(
      ...['0, NVIDIA L4, 3, 100, 23034', '1, Quadro, [N/A], 5, 6', 'Unable to say', ''],
      ...['0, NVIDIA L4, 37, 1812, 23034', '2, NVIDIA L4, 0, 0, 23034', '2, NVIDIA L4, 9'],
    );
    const gpus = watchGpus();
    await until(() => gpus.latest().length === 2);
    expect(gpus.latest()).toEqual([L4, { ...L4, utilisationPercent: 0, memoryBytes: 0 }]);
    const [pid] = processes() as [number];
    expect(isAlive(pid)).toBe(true);
    gpus.stop();
    await until(() => !isAlive(pid));
  });

  test('are none where nothing is installed that tells of them, or where it fails', async () => {
    vi.stubEnv('PATH', folder);
    const none = watchGpus();
    writeFileSync(join(folder, 'nvidia-smi'), 'not a program');
    const broken = watchGpus();
    await sleep(50);
    expect([none.latest(), broken.latest()]).toEqual([[], []]);
    none.stop();
    broken.stop();
  });

  test('are not looked at while a run is paused', async () => {
    installNvidiaSmi('0, NVIDIA L4, 37, 1812, 23034', '');
    const { listen, close } = withResources(() => undefined);
    const engine = { type: 'engine.ready', name: 'onnx', device: 'cpu', reason: '' } as RunEvent;
    listen(engine);
    await until(() => processes().length === 1);
    listen({ type: 'run.paused', step: 1 });
    await until(() => !processes().some(isAlive));
    listen({ type: 'run.unpaused', step: 1 });
    await until(() => processes().length === 2);
    close();
    await until(() => !processes().some(isAlive));
  });
});

test('events go through as they are, and after work of some seconds its cost is told, never twice a step', async () => {
  const told: RunEvent[] = [];
  const { listen, close } = withResources((event) => told.push(event));
  const step = {
    totalSteps: 9,
    epoch: 1,
    loss: 1,
    gradientNorm: 1,
    learningRate: 1,
    examples: 1,
    elapsedMs: 1,
  };
  for (let n = 1; !told.some(({ type }) => type === 'resources'); n++) {
    listen({ type: 'step', step: n, ...step });
    listen({ type: 'warning', message: 'careful' });
    await sleep(20);
  }
  close();
  const at = told.findIndex(({ type }) => type === 'resources');
  expect(told[at - 1]?.type).toBe('step');
  expect(told[at]).toMatchObject({ gpus: [] });
  const { cpuPercent, memoryBytes } = told[at] as Extract<RunEvent, { type: 'resources' }>;
  expect(cpuPercent).toBeGreaterThanOrEqual(0);
  expect(memoryBytes).toBeGreaterThan(2 ** 20);
  expect(told.filter(({ type }) => type === 'step').length).toBe(
    told.filter(({ type }) => type === 'warning').length,
  );
});
