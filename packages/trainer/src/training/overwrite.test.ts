/** `--overwrite`: the old run is there until the new one has a model. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { resolveModelFolder } from '../inference/classifier.ts';
import type { Listener } from './events.ts';
import { resolveRunOptions } from './options.ts';
import { resume, train, trainOrResume } from './train.ts';

const TRAIN = fileURLToPath(new URL('../../../../test-fixtures/reviews/test-labelled.csv', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-overwrite-'));
  mkdirSync(at('broken'));
  writeFileSync(at('broken/config.json'), '{"model_type": "gpt2"}');
  await write('old', 42);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  rmSync(at('run'), { recursive: true, force: true });
  cpSync(at('old'), at('run'), { recursive: true });
});

const at = (...parts: string[]) => join(folder, ...parts);
const options = (output: string, seed: number, model = 'linear') =>
  resolveRunOptions({ model, trainFile: TRAIN, output: at(output), seed });
const write = (output: string, seed: number, listen: Listener = () => undefined, model?: string) =>
  train(options(output, seed, model), { listen }, { overwrite: true });
const failing = (output: string) => write(output, 43, undefined, at('broken'));
const seedOf = (run: string) => JSON.parse(readFileSync(at(run, 'run.json'), 'utf8')).options.seed;
const contents = (run: string) =>
  Object.fromEntries(
    readdirSync(at(run), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(at(run).length + 1), readFileSync(path, 'utf8')]),
  );
/** The run's folder as a process leaves it that is killed while it fits. */
const killedWhileFitting = async (run: string) => {
  await write('run', 43, (event) => {
    if (event.type !== 'linear.iteration' || event.iteration !== 2) return;
    cpSync(at('run'), at(run), { recursive: true });
    rmSync(at(run, 'run.lock')); // its owner, this process, is not dead
  });
};

test('a new run takes the place of the old one', async () => {
  await write('run', 43);
  expect(seedOf('run')).toBe(43);
  expect(readdirSync(at('run')).sort()).toEqual(readdirSync(at('old')).sort());
});

test('a new run that fails leaves the old one as it was', async () => {
  await expect(failing('run')).rejects.toMatchObject({ code: 'model.unsupported' });
  expect(contents('run')).toEqual(contents('old'));
});

test('a new run that is killed is gone on with, and then the old one goes', async () => {
  await killedWhileFitting('killed');
  expect(contents('killed/.previous')).toEqual(contents('old'));
  expect(await resolveModelFolder(at('killed'), {})).toBe(at('killed/.previous/best'));
  await resume(at('killed'), { listen: () => undefined });
  expect(seedOf('killed')).toBe(43);
  expect(readdirSync(at('killed')).sort()).toEqual(readdirSync(at('old')).sort());
});

test('a new run that is killed, and overwritten by one that fails, brings the old one back', async () => {
  await killedWhileFitting('killed-twice');
  await expect(failing('killed-twice')).rejects.toMatchObject({ code: 'model.unsupported' });
  expect(contents('killed-twice')).toEqual(contents('old'));
});

test.each(['best', 'run.json'])(
  'killed while it is put aside, up to %s, the old one comes back',
  async (last) => {
    mkdirSync(at('run/.previous'));
    for (const name of ['events.jsonl', 'best', 'eval_results.json', 'run.json']) {
      renameSync(at('run', name), at('run/.previous', name));
      if (name === last) break;
    }
    const { status } = await trainOrResume(options('run', 42), { listen: () => undefined });
    expect(status).toBe('completed');
    expect(contents('run')).toEqual(contents('old'));
    expect(existsSync(at('run/.previous'))).toBe(false);
  },
);
