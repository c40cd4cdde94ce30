/**
 * What outlives the loss of power: a file's content once the file is synced, its name once the folder it stands in is.
 * A rename alone may reach the disk before the content does, and leave a file of zeros under the final name.
 */
import { fdatasyncSync } from 'node:fs';
import { type FileHandle, open, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Puts a file that is open, and written, in its place. The handle is closed, whatever comes.
 * @param isSyncedLater as a part of a folder
 */
export async function putInPlace(
  handle: FileHandle,
  temporary: string,
  path: string,
  isSyncedLater = false,
): Promise<void> {
  try {
    if (!isSyncedLater) await sync(handle);
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  if (!isSyncedLater) await syncFolder(dirname(path));
}

/** All files and folders under `folder`, and itself. */
export async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await syncPath(path, 'r+');
  }
  await syncFolder(folder);
}

/** The names in a folder. */
export function syncFolder(folder: string): Promise<void> {
  return syncPath(folder, 'r');
}

async function syncPath(path: string, flags: 'r' | 'r+'): Promise<void> {
  const handle = await open(path, flags).catch(ignoreUnsupported);
  if (handle === undefined) return;
  try {
    await sync(handle);
  } finally {
    await handle.close();
  }
}

async function sync(handle: FileHandle): Promise<void> {
  await handle.sync().catch(ignoreUnsupported);
}

/** Windows opens no folders, and some network file systems sync none: there, the system's own care has to do. */
const UNSUPPORTED = ['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOSYS', 'ENOTSUP', 'EBADF'];

function ignoreUnsupported(error: NodeJS.ErrnoException): undefined {
  if (!UNSUPPORTED.includes(error.code ?? '')) throw error;
}

/** For a file that is written in a synchronous way: what came before is on the disk when it returns. */
export function syncNow(file: number): void {
  try {
    fdatasyncSync(file);
  } catch (error) {
    ignoreUnsupported(error as NodeJS.ErrnoException);
  }
}
