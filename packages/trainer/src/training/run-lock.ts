/**
 * `run.lock`: one process at a time works in the folder of a run, a cross-validation or a search. A lock whose process is gone is taken over, by one
 * only, however many try: whoever removes it holds a lock on doing so, which is of the same make.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { link, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { fileError, makeFolder } from '../files.ts';
import { isGone, noteOfThisProcess } from '../process-start.ts';

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
  try {
    return await withLock(join(folder, LOCK_FILE), folder, work);
  } finally {
    await rmdir(folder).catch(() => undefined);
  }
}

/** For a folder that is replaced as a whole: the lock lies beside it. @throws OtzyvError `run.locked` */
export async function withLockBeside<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await makeFolder(dirname(folder));
  return withLock(join(dirname(folder), `.${basename(folder)}.lock`), folder, work);
}

async function withLock<T>(path: string, folder: string, work: () => Promise<T>): Promise<T> {
  const owner = await acquire(path, folder).catch((error: unknown) => {
    throw fileError(error, path);
  });
  const releaseAtExit = () => {
    if (existsSync(path) && readFileSync(path, 'utf8').includes(owner.token)) rmSync(path);
  };
  process.once('exit', releaseAtExit);
  try {
    await clearUp(path);
    return await work();
  } finally {
    process.off('exit', releaseAtExit);
    await release(path, owner);
  }
}

/** Fails early where another process is at work; the lock itself is taken later. @throws OtzyvError `run.locked` */
export async function refuseLocked(folder: string): Promise<void> {
  const owner = await ownerOf(folder);
  if (owner !== undefined) throw locked(folder, owner);
}

/** @returns when the process that is at work in the folder took it; null where none is, or nothing can be known of it */
export async function runningSince(folder: string): Promise<string | null> {
  const owner = await ownerOf(folder).catch(() => undefined);
  return owner?.since ?? null;
}

/** @returns what tells the lock on a folder from all others; undefined where no process is at work there */
export async function lockToken(folder: string): Promise<string | undefined> {
  return (await ownerOf(folder))?.token;
}

/** What a process leaves that was killed when its work was done. */
export async function removeStaleLock(folder: string): Promise<void> {
  const owner = await read(join(folder, LOCK_FILE));
  if (owner !== undefined && (await isGone(owner))) await withRunLock(folder, async () => undefined);
}

/**
 * Waits for a process here that is about to end by itself; the lock is taken later.
 * @param onWait called once, where there is something to wait for
 * @throws OtzyvError `run.locked` where it is another machine's; the signal's reason when aborted
 */
export async function untilReleased(
  folder: string,
  { signal, onWait }: { signal: AbortSignal | undefined; onWait: (pid: number) => void },
): Promise<void> {
  for (let isTold = false; ; isTold = true) {
    const owner = await ownerOf(folder);
    if (owner === undefined) return;
    if (owner.host !== hostname()) throw locked(folder, owner);
    if (!isTold) onWait(owner.pid);
    await sleep(100);
    signal?.throwIfAborted();
  }
}

/** @returns who works in a folder; undefined where nobody does any more */
async function ownerOf(folder: string): Promise<Owner | undefined> {
  const owner = await read(join(folder, LOCK_FILE));
  return owner === undefined || (await isGone(owner)) ? undefined : owner;
}

async function acquire(path: string, folder: string): Promise<Owner> {
  const since = new Date().toISOString();
  const mine: Owner = { ...(await noteOfThisProcess()), since, token: randomUUID() };
  for (;;) {
    if (await claim(path, mine)) return mine;
    const owner = await read(path);
    if (owner === undefined) continue; // released meanwhile
    if (!(await isGone(owner))) throw locked(folder, owner);
    const removal = `${path}.${owner.token}`;
    const remover = await acquire(removal, folder).catch((error: unknown) => {
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
async function clearUp(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    if (name.startsWith(`${basename(path)}.`)) await rm(join(dirname(path), name), { force: true });
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

function locked(folder: string, { pid, host, since }: Owner): OtzyvError {
  const isHere = host === hostname();
  return new OtzyvError(
    'run.locked',
    `${folder} is in use by process ${pid}${isHere ? '' : ` on ${host}`}, since ${since}`,
    isHere
      ? `Wait for it, or end it (kill ${pid}); or choose another --output.`
      : `Wait for it. Whether it still runs cannot be told from here: if it does not, remove ${join(folder, LOCK_FILE)}.`,
  );
}
