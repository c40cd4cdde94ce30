/**
 * `run.lock`: one process at a time trains into a run's folder. A lock whose process is gone is taken over, by one
 * only, however many try: whoever removes it holds a lock on doing so, which is of the same make.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { link, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { fileError, makeFolder } from '../files.ts';

export const LOCK_FILE = 'run.lock';

const ownerSchema = z.object({
  pid: z.int(),
  host: z.string(),
  /** when the lock was taken */
  since: z.string(),
  /** when its process began, in whatever way the system tells; a later process may get the same pid */
  processStart: z.string(),
  /** of this lock alone */
  token: z.string(),
});

type Owner = z.infer<typeof ownerSchema>;

/**
 * Does the work with the run's folder locked, and made where there was none; one that is empty afterwards goes again.
 * @throws OtzyvError `run.locked`
 */
export async function withRunLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await makeFolder(folder);
  const path = join(folder, LOCK_FILE);
  const owner = await acquire(path).catch((error: unknown) => {
    throw fileError(error, path);
  });
  const releaseAtExit = () => {
    if (existsSync(path) && readFileSync(path, 'utf8').includes(owner.token)) rmSync(path);
  };
  process.once('exit', releaseAtExit);
  try {
    await clearUp(folder);
    return await work();
  } finally {
    process.off('exit', releaseAtExit);
    await release(path, owner);
    await rmdir(folder).catch(() => undefined);
  }
}

/** Fails early where another process is at work; the lock itself is taken later. @throws OtzyvError `run.locked` */
export async function refuseLocked(folder: string): Promise<void> {
  const owner = await read(join(folder, LOCK_FILE));
  if (owner !== undefined && !(await isGone(owner))) throw locked(folder, owner);
}

/** @returns when the process that is at work in the folder took it; null where none is, or nothing can be known of it */
export async function runningSince(folder: string): Promise<string | null> {
  const owner = await read(join(folder, LOCK_FILE)).catch(() => undefined);
  return owner === undefined || (await isGone(owner)) ? null : owner.since;
}

async function acquire(path: string): Promise<Owner> {
  const mine: Owner = {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    processStart: (await startOf(process.pid)) ?? '',
    token: randomUUID(),
  };
  for (;;) {
    if (await claim(path, mine)) return mine;
    const owner = await read(path);
    if (owner === undefined) continue; // released meanwhile
    if (!(await isGone(owner))) throw locked(path.slice(0, -LOCK_FILE.length - 1), owner);
    const removal = `${path}.${owner.token}`;
    const remover = await acquire(removal).catch((error: unknown) => {
      if (!(error instanceof OtzyvError)) throw error;
    });
    if (!remover) {
      await sleep(10); // another is about to remove it
      continue;
    }
    // it may have been removed, and taken anew, before the removal was ours
    if ((await read(path))?.token === owner.token) await rm(path, { force: true });
    await release(removal, remover);
  }
}

/** What processes that were killed while they took the lock left beside it: no process needs it once the lock is held. */
async function clearUp(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(`${LOCK_FILE}.`)) await rm(join(folder, name), { force: true });
  }
}

async function release(path: string, { token }: Owner): Promise<void> {
  if ((await read(path))?.token === token) await rm(path, { force: true });
}

/** A link appears at once with its whole content, and never over another file. */
async function claim(path: string, owner: Owner): Promise<boolean> {
  const content = `${JSON.stringify(owner)}\n`;
  const temporary = `${path}.${owner.token}.new`;
  try {
    await writeFile(temporary, content);
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST' || error.code === 'ENOENT') throw error;
      return writeFile(path, content, { flag: 'wx' }); // a file system without links
    });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') await makeFolder(dirname(path)); // another has cleared up: try again
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** @returns undefined where there is no lock; what cannot be read was left by a loss of power, and belongs to no process */
async function read(path: string): Promise<Owner | undefined> {
  for (let isSecondLook = false; ; isSecondLook = true) {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    if (text === undefined) return undefined;
    const owner = ownerSchema.safeParse(parsed(text));
    if (owner.success) return owner.data;
    if (isSecondLook) return { pid: 0, host: hostname(), since: '', processStart: '', token: 'unreadable' };
    await sleep(200); // without links, it may be half-written
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of a process on another machine nothing is known, so it counts as alive. */
async function isGone({ pid, host, processStart }: Owner): Promise<boolean> {
  if (host !== hostname()) return false;
  const start = pid === 0 ? undefined : await startOf(pid);
  return start === undefined || (start !== '' && processStart !== '' && start !== processStart);
}

/** @returns when a process began; undefined where it has ended, '' where the system does not tell */
async function startOf(pid: number): Promise<string | undefined> {
  if (!isAlive(pid)) return undefined;
  if (process.platform === 'win32') return '';
  if (existsSync('/proc/self/stat')) return startOnLinux(pid);
  return promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Ticks since the machine was started, which has an id too. A killed process that nobody has waited for is gone as well. */
function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${fields[18]}`;
  } catch {
    return isAlive(pid) ? '' : undefined; // others' processes may be hidden
  }
}

function locked(folder: string, { pid, host, since }: Owner): OtzyvError {
  const isHere = host === hostname();
  return new OtzyvError(
    'run.locked',
    `${folder} is being trained into by process ${pid}${isHere ? '' : ` on ${host}`}, since ${since}`,
    isHere
      ? `Wait for it, or end it (kill ${pid}); or choose another --output.`
      : `Wait for it. Whether it still runs cannot be told from here: if it does not, remove ${join(folder, LOCK_FILE)}.`,
  );
}
