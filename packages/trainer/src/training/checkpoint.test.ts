import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TrainingState } from '../engine/engine.ts';
import {
  checkpointsFolder,
  FRESH_STATE,
  loadCheckpoint,
  newestCheckpoint,
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

test('what was saved is loaded', async () => {
  const folder = await save(7);
  expect(await loadCheckpoint(folder, 'this model')).toEqual({
    engineState: engineState(7),
    trainer: trainerState(7),
  });
});

test('a checkpoint of another model is refused', async () => {
  const folder = await save(7);
  await expect(loadCheckpoint(folder, 'another model')).rejects.toMatchObject({ code: 'run.model-changed' });
});

test('a run without checkpoints has no newest one', async () => {
  expect(await newestCheckpoint(run)).toBeUndefined();
});

describe('of the checkpoints 9, 10 and 100', () => {
  beforeEach(async () => {
    for (const step of [100, 9, 10]) await save(step);
  });

  test('100 is the newest', async () => {
    expect(await newestCheckpoint(run)).toBe(folderOf('checkpoint-100'));
  });

  test.each([
    [1, ['checkpoint-100']],
    [2, ['checkpoint-10', 'checkpoint-100']],
    [3, ['checkpoint-10', 'checkpoint-100', 'checkpoint-9']],
    [4, ['checkpoint-10', 'checkpoint-100', 'checkpoint-9']],
  ])('the newest %i are kept', async (limit, kept) => {
    await pruneCheckpoints(run, limit);
    expect(await names()).toEqual(kept);
  });

  test('one that was not written to its end is no checkpoint', async () => {
    await mkdir(folderOf('.checkpoint-200.otzyv-new'));
    expect(await newestCheckpoint(run)).toBe(folderOf('checkpoint-100'));
    expect(await names()).toEqual(['checkpoint-10', 'checkpoint-100', 'checkpoint-9']);
  });

  test('one that was being replaced comes back, or goes when its successor is there', async () => {
    await rename(folderOf('checkpoint-100'), folderOf('.checkpoint-100.otzyv-old'));
    await mkdir(folderOf('.checkpoint-9.otzyv-old'));
    const newest = await newestCheckpoint(run);
    expect(newest).toBe(folderOf('checkpoint-100'));
    expect(await names()).toEqual(['checkpoint-10', 'checkpoint-100', 'checkpoint-9']);
    expect((await loadCheckpoint(newest as string, 'this model')).engineState.step).toBe(100);
  });
});
