/** Folders that work goes into: which may be used, and what is left of work that came to nothing. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SEARCH } from '../search/search-folder.ts';
import { CROSS_VALIDATION } from './cross-validation-folder.ts';
import { beginIn, settlePrevious } from './previous-work.ts';
import { RUN } from './run-folder.ts';
import { checkFolder } from './work-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-work-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = async (...names: string[]) => {
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), name);
  }
};
const names = async () => (await readdir(folder)).sort();

const KINDS = [RUN, CROSS_VALIDATION, SEARCH].map((kind) => [kind.what, kind] as const);

test.each(KINDS)(
  'a %s takes no folder of others, and its own only where it may be overwritten',
  async (what, kind) => {
    await checkFolder(kind, join(folder, 'new'), false);
    await write('notes.txt');
    for (const overwrite of [false, true])
      await expect(checkFolder(kind, folder, overwrite)).rejects.toMatchObject({
        code: 'run.exists',
        message: expect.stringContaining(`files that are not a ${what}'s (notes.txt`),
      });
    await write(kind.marker);
    await expect(checkFolder(kind, folder, false)).rejects.toThrow(`holds a ${what} already`);
    await checkFolder(kind, folder, true);
  },
);

test.each(KINDS)(
  'what a %s left that was killed before it was one stands in nobody’s way, and goes',
  async (_, kind) => {
    await write(`.${kind.marker}.123.tmp`, 'run.lock.abc.new');
    await checkFolder(kind, folder, false);
    await beginIn(kind, folder, () => write(kind.marker));
    expect(await names()).toEqual([kind.marker, 'run.lock.abc.new'].sort()); // the lock's are the lock's to clear up
  },
);

test('files of others stay where they are, whatever becomes of the work', async () => {
  await write('run.json', 'best/model', 'notes.txt');
  const failing = beginIn(RUN, folder, async () => {
    expect(await names()).toEqual(['.previous', 'notes.txt']);
    await write('run.json', 'events.jsonl');
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await names()).toEqual(['best', 'notes.txt', 'run.json']);
});

test('work that fails with something worth keeping is kept, and the old work is aside until it has a model', async () => {
  await write('run.json', 'best/model');
  const failing = beginIn(RUN, folder, async () => {
    await write('run.json', 'checkpoints/checkpoint-1/model');
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  await settlePrevious(RUN, folder);
  expect(await names()).toEqual(['.previous', 'checkpoints', 'run.json']);
  expect(await readFile(join(folder, '.previous/best/model'), 'utf8')).toBe('best/model');
});
