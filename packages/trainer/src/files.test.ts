/** What a file system is told, and in which order: a rename only after what it puts in place is synced. */
import { existsSync, promises, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTableWriter } from './data/write.ts';
import { makeFolder, replaceFolder, writeFileAtomically } from './files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** @returns syncs and renames, by path within the folder */
async function recorded(work: () => Promise<unknown>): Promise<string[]> {
  const told: string[] = [];
  const name = (path: string) => (relative(folder, path) || '.').replaceAll(String(process.pid), 'PID');
  const handle = await open(process.execPath);
  const handles = Object.getPrototypeOf(handle) as { sync(): Promise<void> };
  await handle.close();
  const { sync } = handles;
  const { rename } = promises;
  handles.sync = function (this: { fd: number }) {
    told.push(`sync ${name(readlinkSync(`/proc/self/fd/${this.fd}`))}`);
    return sync.call(this);
  } as typeof sync;
  promises.rename = (from, to) => {
    told.push(`${name(String(from))} → ${name(String(to))}`);
    return rename(from, to);
  };
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    handles.sync = sync;
    promises.rename = rename;
    syncBuiltinESMExports();
  }
  return told;
}

describe.skipIf(process.platform !== 'linux')('is on disk before its name is', () => {
  const inPlace = (name: string) => [`sync .${name}.PID.tmp`, `.${name}.PID.tmp → ${name}`, 'sync .'];

  test('a file', async () => {
    expect(await recorded(() => writeFileAtomically(join(folder, 'a.json'), 'a'))).toEqual(inPlace('a.json'));
  });

  test('a table', async () => {
    const told = await recorded(async () => {
      const writer = await openTableWriter(join(folder, 'a.csv'), ['text']);
      await writer.write({ text: 'а' });
      await writer.close();
    });
    expect(told).toEqual(inPlace('a.csv'));
  });

  test('a folder: all that is in it, however it was written; the old one goes last', async () => {
    const best = join(folder, 'best');
    await makeFolder(best);
    let wasThere: boolean | undefined;
    const told = await recorded(() =>
      replaceFolder(best, async (unfinished) => {
        await writeFileAtomically(join(unfinished, 'onnx', 'model.onnx'), 'a');
        await writeFile(join(unfinished, 'config.json'), '{}');
        wasThere = existsSync(best);
      }),
    );
    expect(wasThere).toBe(true);
    const unfinished = '.best.otzyv-new';
    const renamed = told.indexOf('best → .best.otzyv-old');
    expect(told.slice(0, renamed).filter((what) => what.startsWith('sync'))).toEqual(
      expect.arrayContaining([
        ...[`sync ${unfinished}`, `sync ${unfinished}/config.json`],
        ...[`sync ${unfinished}/onnx`, `sync ${unfinished}/onnx/model.onnx`],
      ]),
    );
    expect(told.slice(renamed + 1)).toEqual([`${unfinished} → best`, 'sync .']);
    expect(await readdir(folder)).toEqual(['best']);
  });
});

test('a folder that was moved aside by a process that was killed then is there until its successor is', async () => {
  await makeFolder(join(folder, '.best.otzyv-old'));
  await writeFile(join(folder, '.best.otzyv-old', 'model'), 'old');
  const failing = replaceFolder(join(folder, 'best'), () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(readFileSync(join(folder, 'best', 'model'), 'utf8')).toBe('old');
});

test('a table takes away what a killed process left of it, and nothing of those at work or of other files', async () => {
  const dead = 2 ** 22 + 1;
  const stay = [`.a.csv.${process.ppid}.tmp`, `.b.csv.${dead}.tmp`, 'a.csv.1.tmp'];
  for (const name of [`.a.csv.${dead}.tmp`, ...stay]) await writeFile(join(folder, name), 'half');
  const writer = await openTableWriter(join(folder, 'a.csv'), ['text']);
  await writer.close();
  expect((await readdir(folder)).sort()).toEqual([...stay, 'a.csv'].sort());
});

test('folders are made with those around them', async () => {
  await makeFolder(join(folder, 'a/b/c'));
  await makeFolder(join(folder, 'a/b/c'));
  await writeFileAtomically(join(folder, 'a/b/c/d/file'), 'x');
  expect(readFileSync(join(folder, 'a/b/c/d/file'), 'utf8')).toBe('x');
});

test('several at once make the same folders', async () => {
  const paths = Array.from({ length: 20 }, (_, i) => join(folder, 'shared/by/all', String(i % 5)));
  await Promise.all(paths.map(makeFolder));
  expect((await readdir(join(folder, 'shared/by/all'))).sort()).toEqual(['0', '1', '2', '3', '4']);
});

test.skipIf(process.platform !== 'linux')(
  'where the system makes the folders, none can be made',
  async () => {
    await expect(makeFolder('/proc/otzyv/run')).rejects.toMatchObject({ code: 'system.not-writable' });
  },
);
