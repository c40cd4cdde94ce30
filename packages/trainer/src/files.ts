/**
 * Writing that leaves either the old file or the whole new one, never half of one, even when the power fails: to a
 * temporary name beside the target, synced, then renamed. Faults of the file system come out as errors a person can
 * act on.
 */
import { mkdir, open, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { OtzyvError, type OtzyvErrorCode } from '@otzyv/core';
import { putInPlace, syncFolder, syncTree } from './durability.ts';
import { isAlive } from './process-start.ts';

/** @throws OtzyvError `system.disk-full` or `system.not-writable`; nothing is left behind then */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await makeFolder(dirname(path));
    const handle = await open(temporary, 'w');
    await writeFile(handle, content).catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
    await putInPlace(handle, temporary, path, isUnfinished(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(error, path);
  }
}

/** What a file is called while it is written. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
}

/** Takes away what processes left that were killed while they wrote a file. */
export async function removeLeftovers(path: string): Promise<void> {
  for (const name of await readdir(dirname(path)).catch((): string[] => [])) {
    const [, target, pid] = /^\.(.+)\.(\d+)\.tmp$/.exec(name) ?? [];
    if (target === basename(path) && !isAlive(Number(pid)))
      await rm(join(dirname(path), name), { force: true });
  }
}

/** Whether a path lies in a folder that `replaceFolder` is filling, and will sync as a whole. */
export function isUnfinished(path: string): boolean {
  return /[\\/]\.[^\\/]+\.otzyv-new([\\/]|$)/.test(path);
}

/** Whether a name is that of a file whose writing was broken off, or goes on. */
export function isTemporaryName(name: string): boolean {
  return /^\..+\.\d+\.tmp$/.test(name);
}

/**
 * A folder filled under a temporary name and put in the place of the old one when it is whole. At every moment the
 * old or the new one lies there whole, under its name or, for the time of two renamings, as `.<name>.otzyv-old`.
 * @param fill writes the files into the folder it is given
 */
export async function replaceFolder(
  folder: string,
  fill: (unfinished: string) => Promise<void>,
): Promise<void> {
  const beside = (kind: 'new' | 'old') => join(dirname(folder), `.${basename(folder)}.otzyv-${kind}`);
  const [unfinished, old] = [beside('new'), beside('old')];
  try {
    await rm(unfinished, { recursive: true, force: true });
    await makeFolder(unfinished);
    await rename(old, folder).catch(() => undefined); // the only one, where a process was killed between the renamings
    await fill(unfinished);
    await syncTree(unfinished);
    await rm(old, { recursive: true, force: true });
    await rename(folder, old).catch(ignoreMissing);
    await rename(unfinished, folder);
    await syncFolder(dirname(folder)); // before the old one goes
    await rm(old, { recursive: true, force: true });
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    throw fileError(error, folder);
  }
}

/** Clears up after a process that was killed in the middle of `replaceFolder` for a folder inside `parent`. */
export async function settleReplacedFolders(parent: string): Promise<void> {
  const names = await readdir(parent).catch((): string[] => []);
  for (const name of names) {
    const [, target, kind] = /^\.(.+)\.otzyv-(new|old)$/.exec(name) ?? [];
    if (target === undefined) continue;
    if (kind === 'old' && !names.includes(target)) await rename(join(parent, name), join(parent, target));
    else await rm(join(parent, name), { recursive: true, force: true });
  }
}

/**
 * With the folders around it. Node's own recursive mkdir never comes back from a path in /proc.
 * @throws OtzyvError `system.not-writable`, also where the system says ENOENT: of folders it makes itself
 */
export async function makeFolder(path: string): Promise<void> {
  const parent = dirname(path);
  for (let attempt = 1; ; attempt++) {
    try {
      await mkdir(path);
      break;
    } catch (error) {
      if (await isFolder(path)) return;
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(error, path);
      // another process may have made the parent meanwhile, or taken it away
      if (parent === path || attempt === 3) throw fileError({ code: 'EROFS' }, path);
      if (!(await isFolder(parent))) await makeFolder(parent);
    }
  }
  if (!isUnfinished(path)) await syncFolder(parent);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** Two-space JSON with a final newline. */
export function writeJson(path: string, value: unknown): Promise<void> {
  return writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** @throws OtzyvError when the file is missing or is not JSON */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, path);
  });
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new OtzyvError(
      'data.bad-json',
      `${path} is not valid JSON: ${(error as Error).message}`,
      'The file may be cut short: write or download it again.',
      { cause: error },
    );
  }
}

/** Turns a fault of the file system into an OtzyvError that names the file and the remedy. */
export function fileError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const say = (id: OtzyvErrorCode, message: string, hint: string) =>
    new OtzyvError(id, message, hint, { cause: error });
  switch (code) {
    case 'ENOENT':
      return say(
        'data.missing-file',
        `${path} does not exist`,
        'Check the path; it is relative to the folder you are in.',
      );
    case 'EISDIR':
      return say('data.not-a-file', `${path} is a folder, not a file`, 'Name a file.');
    case 'ENOTDIR':
    case 'EEXIST':
      return say(
        'data.not-a-file',
        `${path}: a part of this path is a file, not a folder`,
        'Name another path.',
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return say(
        'system.not-writable',
        `${path}: permission denied`,
        'Choose another folder or change its permissions.',
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return say(
        'system.disk-full',
        `${path}: no space left on the device`,
        'Free some space or choose another folder.',
      );
    default:
      return error;
  }
}

/** @throws OtzyvError `options.same-file` where what is to be written would replace what is read */
export async function refuseSameFile(input: string, output: string): Promise<void> {
  const [from, to] = await Promise.all([input, output].map((path) => realpath(path).catch(() => undefined)));
  if (from === undefined || from !== to) return;
  throw new OtzyvError(
    'options.same-file',
    `${output} is the file that is to be read`,
    'Name another --output: the input would be lost.',
  );
}
