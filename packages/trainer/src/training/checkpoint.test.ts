import { mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TrainingState } from '../engine/engine.ts';
import {
  checkpointsFolder,
  FRESH_STATE,
  findCheckpoint,
  loadCheckpoint,
  pruneCheckpoints,
  saveCheckpoint,
} from './checkpoint.ts';

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'otzyv-checkpoints-'));
});
afterEach(() => rm(run, { recursive: true }));

const tensors = (...values: number[]) =>
  new Map([['classifier.bias', { shape: [values.length], data: Float32Array.from(values) }]]);
const engineState = (step: number): TrainingState => ({
  step,
  weights: tensors(step, 1),
  firstMoments: tensors(step, 2),
  secondMoments: tensors(step, 3),
});
const trainerState = (step: number) => ({
  ...FRESH_STATE,
  global_step: step,
  log_history: [{ step, loss: 0.5 }],
});
const save = (step: number) => saveCheckpoint(run, engineState(step), trainerState(step), 'this model');
const names = async () => (await readdir(checkpointsFolder(run))).sort();
const folderOf = (name: string) => join(checkpointsFolder(run), name);

const newest = async () => (await findCheckpoint(run)).found;

test('what was saved is found, and loaded', async () => {
  const folder = await save(7);
  expect(await findCheckpoint(run)).toEqual({ found: { folder, trainer: trainerState(7) }, passedOver: [] });
  expect(await loadCheckpoint({ folder, trainer: trainerState(7) }, 'this model')).toEqual(engineState(7));
});

test('a checkpoint of another model is refused', async () => {
  const found = { folder: await save(7), trainer: trainerState(7) };
  await expect(loadCheckpoint(found, 'another model')).rejects.toMatchObject({ code: 'run.model-changed' });
});

test('a run without checkpoints has no newest one', async () => {
  expect(await newest()).toBeUndefined();
});

describe('of the checkpoints 9, 10 and 100', () => {
  beforeEach(async () => {
    for (const step of [100, 9, 10]) await save(step);
  });

  test('100 is the newest', async () => {
    expect((await newest())?.folder).toBe(folderOf('checkpoint-100'));
  });

  test.each([
    [1, ['checkpoint-100']],
    [2, ['checkpoint-10', 'checkpoint-100']],
    [3, ['checkpoint-10', 'checkpoint-100', 'checkpoint-9']],
    [4, ['checkpoint-10', 'checkpoint-100', 'checkpoint-9']],
  ])('the newest %i are kept', async (limit, kept) => {
    await pruneCheckpoints(run, limit, 100);
    expect(await names()).toEqual(kept);
  });

  test('a later one, which was passed over, does not count among those that are kept', async () => {
    await pruneCheckpoints(run, 1, 10);
    expect(await names()).toEqual(['checkpoint-10', 'checkpoint-100']);
  });

  test('one that speaks against itself is passed over', async () => {
    const { found, passedOver } = await findCheckpoint(run, ({ global_step }) =>
      global_step > 9 ? `${global_step} is too many` : undefined,
    );
    expect(found?.trainer.global_step).toBe(9);
    expect(passedOver).toEqual([
      expect.stringMatching(/checkpoint-100 is passed over: 100 is too many$/),
      expect.stringMatching(/checkpoint-10 is passed over: 10 is too many$/),
    ]);
  });

  test('one that was not written to its end is no checkpoint', async () => {
    await mkdir(folderOf('.checkpoint-200.otzyv-new'));
    expect((await newest())?.folder).toBe(folderOf('checkpoint-100'));
    expect(await names()).toEqual(['checkpoint-10', 'checkpoint-100', 'checkpoint-9']);
  });

  test('one that was being replaced comes back, or goes when its successor is there', async () => {
    await rename(folderOf('checkpoint-100'), folderOf('.checkpoint-100.otzyv-old'));
    await mkdir(folderOf('.checkpoint-9.otzyv-old'));
    expect((await newest())?.folder).toBe(folderOf('checkpoint-100'));
    expect(await names()).toEqual(['checkpoint-10', 'checkpoint-100', 'checkpoint-9']);
  });
});

describe('of two checkpoints, the later one damaged, the earlier one is found, and it is told why', () => {
  beforeEach(async () => {
    for (const step of [3, 6]) await save(step);
  });
  const damaged = (name: string) => join(folderOf('checkpoint-6'), name);

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'cut short',
      () => truncate(damaged('optimizer.safetensors'), 100),
      /optimizer.safetensors has 100 bytes/,
    ],
    ['emptied', () => truncate(damaged('trainer_state.json')), /trainer_state.json has 0 bytes instead of/],
    ['without a file', () => rm(damaged('model.safetensors')), /model.safetensors is missing/],
    [
      'without its manifest',
      () => rm(damaged('manifest.json')),
      /no manifest.json: it is torn, or of an earlier/,
    ],
    ['with half a manifest', () => truncate(damaged('manifest.json'), 100), /its manifest.json is damaged/],
  ])('%s', async (_, damage, why) => {
    await damage();
    const { found, passedOver } = await findCheckpoint(run);
    expect(found?.trainer.global_step).toBe(3);
    expect(passedOver).toEqual([expect.stringMatching(why)]);
  });

  test('by any one bit, in any file', async () => {
    const files = await readdir(folderOf('checkpoint-6'));
    const contents = await Promise.all(files.map((name) => readFile(damaged(name))));
    const bits = fc.tuple(fc.nat(files.length - 1), fc.nat(), fc.nat(7));
    await fc.assert(
      fc.asyncProperty(bits, async ([file, at, bit]) => {
        const content = contents[file] as Buffer;
        const flipped = Buffer.from(content);
        const byte = at % content.length;
        flipped.writeUInt8(content.readUInt8(byte) ^ (1 << bit), byte);
        await writeFile(damaged(files[file] as string), flipped);
        const { found, passedOver } = await findCheckpoint(run);
        await writeFile(damaged(files[file] as string), content);
        expect(found?.trainer.global_step).toBe(3);
        expect(passedOver).toHaveLength(1);
      }),
      { numRuns: 40 },
    );
    expect((await newest())?.trainer.global_step).toBe(6);
  });
});
