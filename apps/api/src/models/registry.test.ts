import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDrift } from '../drift/drift.ts';
import { QUEUE } from '../testing/served.ts';
import type { ModelService, ModelSpec } from './model-service.ts';
import { openRegistry } from './registry.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'otzyv-registry-'));
  write('first');
});
afterEach(() => rmSync(folder, { recursive: true }));

const served = () => join(folder, 'served');
const write = (label: string, place = served()) => {
  mkdirSync(place);
  writeFileSync(join(place, 'config.json'), '{}');
  writeFileSync(join(place, 'weights'), label);
};
const replaceBy = (label: string) => {
  write(label, join(folder, 'next'));
  renameSync(served(), join(folder, 'before'));
  renameSync(join(folder, 'next'), served());
  rmSync(join(folder, 'before'), { recursive: true });
};

/** Models whose label is what lies in the folder as `weights`. */
function models(whileLoading: () => void = () => undefined) {
  const loaded: string[] = [];
  const closed: string[] = [];
  const told: string[] = [];
  const open = async (spec: ModelSpec, version: string): Promise<ModelService> => {
    const label = await readFile(join(spec.folder, 'weights'), 'utf8');
    whileLoading();
    loaded.push(label);
    return {
      ...{ spec, version, drift: createDrift(1, undefined), loadedAt: 0 },
      model: { kind: 'linear', labels: [label], maxLength: undefined, card: undefined },
      ask: () => Promise.reject(new Error('nobody asks')),
      load: () => ({ texts: 0, tokens: 0 }),
      close: async () => void closed.push(label),
    };
  };
  const registry = (...others: string[]) =>
    openRegistry(
      [served(), ...others].map((place) => ({ name: place, folder: place, workers: 1, limits: QUEUE })),
      { onReload: () => told.push('reloaded'), onReloadFailed: (_, error) => told.push(String(error)) },
      open,
    );
  return { loaded, closed, told, registry };
}

test('a folder that is replaced while it is loaded is loaded again: threads never hold two models', async () => {
  const { loaded, closed, told, registry } = models(() => loaded.length === 1 && replaceBy('third'));
  const { get, refresh } = await registry();
  expect(get().model.labels).toEqual(['first']);
  replaceBy('second');
  await refresh();
  expect(get().model.labels).toEqual(['third']);
  expect(loaded).toEqual(['first', 'second', 'third']);
  expect(closed.sort()).toEqual(['first', 'second']);
  expect(told).toEqual(['reloaded']);
});

test('also the first time, before anything is answered', async () => {
  const { loaded, closed, registry } = models(() => loaded.length === 0 && replaceBy('second'));
  expect((await registry()).get().model.labels).toEqual(['second']);
  expect(closed).toEqual(['first']);
});

test('a model whose files come one after the other is loaded when the last is there', async () => {
  const { registry } = models();
  const { get, refresh } = await registry();
  writeFileSync(join(served(), 'weights'), 'other weights'); // its config.json is as it was
  await refresh();
  expect(get().model.labels).toEqual(['other weights']);
});

test('a folder that does not come to rest leaves the old model, and is loaded once it rests', async () => {
  let isRestless = false;
  let writes = 0;
  const { told, closed, registry } = models(() => {
    if (isRestless) writeFileSync(join(served(), 'weights'), `${'.'.repeat(++writes)}`);
  });
  const { get, refresh } = await registry();
  isRestless = true;
  replaceBy('second');
  await refresh();
  expect(get().model.labels).toEqual(['first']);
  expect(told).toEqual([expect.stringContaining('was written to each time that it was loaded')]);
  isRestless = false;
  await refresh();
  expect(get().model.labels).toEqual(['.'.repeat(writes)]);
  expect(closed).toContain('first');
});

test('while the folder is away the old model answers, and nothing is told', async () => {
  const { told, registry } = models();
  const { get, refresh } = await registry();
  renameSync(served(), join(folder, 'away'));
  await refresh();
  expect(get().model.labels).toEqual(['first']);
  expect(told).toEqual([]);
});

test('where one model cannot be loaded, those before it are given back', async () => {
  const { loaded, closed, registry } = models();
  write('second', join(folder, 'second'));
  await expect(registry(join(folder, 'second'), join(folder, 'nothing'))).rejects.toThrow();
  expect(loaded).toEqual(['first', 'second']);
  expect(closed).toEqual(['first', 'second']);
});
