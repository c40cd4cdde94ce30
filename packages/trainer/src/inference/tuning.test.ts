import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fastest, readTuning, type Tuning, tryTunings, writeTuning } from './tuning.ts';

const folder = mkdtempSync(join(tmpdir(), 'otzyv-tuning-'));
afterAll(() => rm(folder, { recursive: true }));

describe('what is tried', () => {
  const all = availableParallelism();

  test('begins with all cores, and tries batches with the threads that were fastest', async () => {
    const trials = await tryTunings(async ({ threads, batchSize }) => (threads === 1 ? 100 : 10) + batchSize);
    expect(trials[0]).toMatchObject({ threads: all, batchSize: 32 });
    expect(trials.filter(({ batchSize }) => batchSize !== 32).map(({ threads }) => threads)).toEqual([
      1, 1, 1,
    ]);
    expect(fastest(trials)).toMatchObject({ threads: 1, batchSize: 64 });
  });

  test('nothing is tried twice', async () => {
    const tried: string[] = [];
    await tryTunings(async (tuning) => {
      tried.push(JSON.stringify(tuning));
      return 1;
    });
    expect(new Set(tried).size).toBe(tried.length);
  });

  test('the default stays where nothing is clearly faster', async () => {
    const trials = await tryTunings(async ({ batchSize }) => (batchSize === 64 ? 101 : 100));
    expect(fastest(trials)).toMatchObject({ threads: all, batchSize: 32 });
  });
});

describe('what is remembered', () => {
  const tuning: Tuning = { threads: 1, batchSize: 8 };

  test('is read again, for the numbers it was measured with', async () => {
    await writeTuning(folder, 'int8', tuning);
    await writeTuning(folder, 'float32', { threads: 2, batchSize: 64 });
    expect(await readTuning(folder, 'int8')).toEqual(tuning);
    expect(await readTuning(folder, 'float32')).toEqual({ threads: 2, batchSize: 64 });
  });

  test.each([
    ['on another machine', (text: string) => text.replace(/"machine": "[^"]*"/, '"machine": "another"')],
    ['of a broken file', () => '{'],
    ['of a file with nonsense', (text: string) => text.replace('"batchSize": 8', '"batchSize": 0')],
  ])('does not count %s', async (_, changed) => {
    await writeTuning(folder, 'int8', tuning);
    const path = join(folder, 'tuning.json');
    writeFileSync(path, changed(readFileSync(path, 'utf8')));
    expect(await readTuning(folder, 'int8')).toBeUndefined();
  });
});
