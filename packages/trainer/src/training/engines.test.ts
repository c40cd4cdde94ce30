/** One run on one engine, on the other, and begun on one and gone on with on the other. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EngineRequest } from '../engine/choose.ts';
import { writeTinyBert } from '../testing/tiny-bert.ts';
import { hasWebGpu, onWebGpu } from '../testing/webgpu.ts';
import type { RunEvent } from './events.ts';
import { resolveRunOptions } from './options.ts';
import { resume, train, trainOrResume } from './train.ts';

const TRAIN = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));
const STEPS = 4;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-engines-'));
  const rows = readFileSync(TRAIN, 'utf8')
    .split('\n')
    .filter((line) => /^"[^"]*",[^",]+$/.test(line));
  writeFileSync(join(folder, 'small.csv'), ['text,label', ...rows.slice(0, 80), ''].join('\n'));
  await writeTinyBert(join(folder, 'tiny-bert'));
});
afterAll(() => rm(folder, { recursive: true }));

const optionsOf = (name: string, engine: EngineRequest) =>
  resolveRunOptions({
    ...{ model: join(folder, 'tiny-bert'), trainFile: join(folder, 'small.csv'), output: join(folder, name) },
    ...{ maxLength: 16, epochs: 1, batchSize: 8, gradientAccumulationSteps: 2, learningRate: 1e-3, engine },
  });

const savedEngine = (run: string) =>
  JSON.parse(readFileSync(join(folder, run, 'run.json'), 'utf8')).options.engine;

function recorder() {
  const events: RunEvent[] = [];
  const of = <T extends RunEvent['type']>(type: T) =>
    events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
  return { listen: (event: RunEvent) => void events.push(event), of };
}

test('a run on tfjs has the losses of one on ONNX Runtime, dropout included, and says where it ran', async () => {
  const losses: number[][] = [];
  for (const engine of ['auto', 'tfjs'] as const) {
    const { listen, of } = recorder();
    const outcome = await train(optionsOf(engine, engine), { listen });
    expect(outcome.status).toBe('completed');
    losses.push(of('step').map(({ loss }) => loss));
    expect(of('engine.ready')).toMatchObject([{ name: savedEngine(engine) }]);
  }
  const [onnx, tfjs] = losses as [number[], number[]];
  expect(savedEngine('auto')).toBe('onnx');
  expect(savedEngine('tfjs')).toBe('tfjs');
  expect(onnx).toHaveLength(STEPS);
  tfjs.forEach((loss, step) => {
    expect(loss).toBeCloseTo(onnx[step] as number, 4);
  });
});

test.skipIf(!hasWebGpu)(
  `a run has the losses and metrics of one on the CPU, dropout included ${onWebGpu}`,
  { timeout: 240_000 },
  async () => {
    const told: number[][] = [];
    for (const device of ['cpu', 'webgpu'] as const) {
      const { listen, of } = recorder();
      const outcome = await train({ ...optionsOf(`on-${device}`, 'onnx'), device }, { listen });
      expect(outcome.status).toBe('completed');
      expect(of('engine.ready')).toMatchObject([{ name: 'onnx', backend: device }]);
      const { metrics } = of('eval')[0]!;
      told.push([
        ...of('step').flatMap(({ loss, gradientNorm }) => [loss, gradientNorm]),
        metrics['log_loss'] as number,
      ]);
    }
    const [cpu, gpu] = told as [number[], number[]];
    expect(cpu).toHaveLength(2 * STEPS + 1);
    for (const [i, value] of gpu.entries()) expect(value).toBeCloseTo(cpu[i] as number, 4);
  },
);

test.each([
  ['onnx', 'tfjs'],
  ['tfjs', 'onnx'],
] as const)('a run begun on %s is resumed on %s where that is asked for', async (first, second) => {
  const run = `${first}-${second}`;
  const controller = new AbortController();
  const before = recorder();
  const listen = (event: RunEvent) => {
    before.listen(event);
    if (event.type === 'step' && event.step === 2) controller.abort();
  };
  const outcome = await train(optionsOf(run, first), { listen, signal: controller.signal });
  expect(outcome).toEqual({ status: 'interrupted', step: 2 });

  const after = recorder();
  const end = await resume(join(folder, run), after, { engine: second });
  expect(end.status).toBe('completed');
  expect(after.of('engine.ready')).toMatchObject([{ name: second }]);
  expect(after.of('step').map(({ step }) => step)).toEqual([3, 4]);
  expect(savedEngine(run)).toBe(first);
});

test('a run that is gone on with by the same command stays on its engine', async () => {
  const controller = new AbortController();
  const listen = ({ type }: RunEvent) => void (type === 'step' && controller.abort());
  await train(optionsOf('again', 'tfjs'), { listen, signal: controller.signal });
  const { listen: hear, of } = recorder();
  await trainOrResume(optionsOf('again', 'auto'), { listen: hear });
  expect(of('engine.ready')).toMatchObject([{ name: 'tfjs' }]);
});
