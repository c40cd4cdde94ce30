/** One process at a time trains into a folder. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refuseLocked, removeStaleLock, withRunLock } from './run-lock.ts';

let folder: string;
let run: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-lock-'));
  run = join(folder, 'run');
});
afterEach(() => rm(folder, { recursive: true }));

const lockFile = () => join(run, 'run.lock');
const owner = () => JSON.parse(readFileSync(lockFile(), 'utf8'));
/** A lock as a process may have left it. */
const leave = (changes: object) =>
  withRunLock(run, async () => {
    const left = { ...owner(), ...changes, token: 'another' };
    await writeFile(join(run, 'other.txt'), '');
    await writeFile(lockFile(), JSON.stringify(left));
  });
const taken = () => withRunLock(run, async () => 'taken');

test('while it is held, it says by whom, and nobody else gets it', async () => {
  await withRunLock(run, async () => {
    expect(owner()).toMatchObject({
      pid: process.pid,
      host: hostname(),
      since: expect.stringMatching(/^\d{4}-/),
    });
    const refusal = {
      code: 'run.locked',
      message: expect.stringMatching(new RegExp(`run is in use by process ${process.pid}, since `)),
    };
    await expect(taken()).rejects.toMatchObject(refusal);
    await expect(refuseLocked(run)).rejects.toMatchObject(refusal);
  });
  await refuseLocked(run);
});

test('it is released when the work is done or fails, and leaves no folder that was not there', async () => {
  await expect(taken()).resolves.toBe('taken');
  expect(existsSync(run)).toBe(false);
  await expect(withRunLock(run, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(run)).toBe(false);
});

describe('a lock is taken over', () => {
  test.each<[string, () => Promise<void>]>([
    ['whose process is gone', () => leave({ pid: 2 ** 22 + 1 })],
    ['whose pid is another process by now', () => leave({ processStart: 'long ago' })],
    ['that a loss of power has emptied', () => leave({}).then(() => writeFile(lockFile(), ''))],
  ])('%s', async (_, leaveIt) => {
    await leaveIt();
    await refuseLocked(run);
    await expect(taken()).resolves.toBe('taken');
    expect(readdirSync(run)).toEqual(['other.txt']);
    await leaveIt();
    await removeStaleLock(run);
    expect(readdirSync(run)).toEqual(['other.txt']);
  });
});

test('a lock of another machine stays, with what to do', async () => {
  await leave({ host: 'elsewhere', pid: 2 ** 22 + 1 });
  await expect(taken()).rejects.toMatchObject({
    code: 'run.locked',
    message: expect.stringContaining('on elsewhere'),
    hint: expect.stringContaining(`remove ${lockFile()}`),
  });
  expect(owner().host).toBe('elsewhere');
});

test('of many processes that die with the lock and take it over, no two ever hold it at once', async () => {
  await leave({ pid: 2 ** 22 + 1 });
  const contender = `
    import { readFileSync, writeFileSync } from 'node:fs';
    import { withRunLock } from ${JSON.stringify(new URL('../../dist/training/run-lock.js', import.meta.url).href)};
    const [run, inside] = process.argv.slice(1);
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    for (let turn = 1; ; ) {
      await withRunLock(run, async () => {
        writeFileSync(inside, process.pid + ' in turn ' + turn);
        await sleep(2);
        if (readFileSync(inside, 'utf8') !== process.pid + ' in turn ' + turn) console.log('two at once');
        if (turn++ < 10) return;
        process.stdout.write('done', () => process.kill(process.pid, 'SIGKILL'));
        await sleep(60_000);
      }).catch((error) => {
        if (error.code !== 'run.locked') throw error;
      });
      await sleep(Math.random() * 3);
    }`;
  const outputs = await Promise.all(
    Array.from({ length: 6 }, () => {
      const args = ['--input-type=module', '--eval', contender, run, join(folder, 'inside')];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += chunk;
      });
      return new Promise<string>((resolve) => child.on('close', () => resolve(said)));
    }),
  );
  expect(outputs).toEqual(Array(6).fill('done'));
});
