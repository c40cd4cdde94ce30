import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { writeJson } from '../files.ts';
import { beginningOf, beginningShape, readBeginning } from './beginning-file.ts';
import { CROSS_VALIDATION } from './cross-validation-folder.ts';

const schema = z.object({ options: z.object({ epochs: z.int() }), ...beginningShape });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-beginning-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const path = () => join(folder, CROSS_VALIDATION.marker);
const read = () => readBeginning(CROSS_VALIDATION, folder, schema);

test('a folder without the file is told of as what it was taken for', async () => {
  await rm(path(), { force: true });
  await expect(read()).rejects.toMatchObject({
    code: 'run.not-a-run',
    message: expect.stringContaining(`${folder} holds no cross-validation: `),
  });
});

test('what was written at the beginning is read', async () => {
  const data = { 'train.csv': { sha256: 'ab' } };
  await writeJson(path(), await beginningOf({ epochs: 3 }, data));
  expect(await read()).toEqual({ options: { epochs: 3 }, data, startedIn: process.cwd() });
});

test.each([
  ['{"options": {"epochs": 1.5}, "data": {}}', 'options.epochs: '],
  ['null', 'as a whole: '],
])('a file that was changed is refused by what is wrong in it: %s', async (text, place) => {
  await writeFile(path(), text);
  await expect(read()).rejects.toMatchObject({
    code: 'run.not-a-run',
    message: expect.stringContaining(`${path()}: ${place}`),
  });
});
