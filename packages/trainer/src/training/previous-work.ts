/**
 * `--overwrite` takes nothing away before there is something in its place: the old work is put aside in `.previous/`,
 * comes back when the new one fails, and goes when that has a model of its own. The file that tells what it is moves
 * last, either way, so that after a kill it is known which way was being gone.
 */
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../durability.ts';
import { settleReplacedFolders } from '../files.ts';
import { exists } from '../model/model-folder.ts';
import { contentOf, type FolderKind, isWorthKeeping, PREVIOUS, settleFolder } from './work-folder.ts';

/** Begins in the place of what may lie there, which comes back if it fails with nothing worth keeping. */
export async function beginIn<T>(kind: FolderKind, folder: string, work: () => Promise<T>): Promise<T> {
  await setAside(kind, folder);
  try {
    return await work();
  } catch (error) {
    await discardUnlessWorth(kind, folder).catch(() => undefined); // the first fault is the one to tell
    throw error;
  }
}

/** Ends what a killed process had begun: work that was being put aside comes back. */
export async function settlePrevious(kind: FolderKind, folder: string): Promise<void> {
  const { marker } = kind;
  const isReplaced = (await exists(join(folder, PREVIOUS, marker))) && (await exists(join(folder, marker)));
  if (!isReplaced) await bringBack(kind, folder);
}

/** The new work has a model. */
export async function forgetPrevious(folder: string): Promise<void> {
  if (!(await exists(join(folder, PREVIOUS)))) return;
  const doomed = join(folder, `${PREVIOUS}.otzyv-new`); // what is left of it by a kill is cleared up as unfinished
  await rename(join(folder, PREVIOUS), doomed);
  await rm(doomed, { recursive: true, force: true });
}

/** Work without a model that lies before an older one with a model is not worth keeping. */
async function setAside(kind: FolderKind, folder: string): Promise<void> {
  await settlePrevious(kind, folder);
  await settleFolder(kind, folder);
  if (await exists(join(folder, PREVIOUS))) return clear(kind, folder);
  if (!(await exists(join(folder, kind.marker)))) return;
  await mkdir(join(folder, PREVIOUS));
  await move(kind, folder, join(folder, PREVIOUS));
}

async function discardUnlessWorth(kind: FolderKind, folder: string): Promise<void> {
  await settleReplacedFolders(folder);
  if (await isWorthKeeping(kind, folder)) return;
  await clear(kind, folder);
  await bringBack(kind, folder);
}

async function bringBack(kind: FolderKind, folder: string): Promise<void> {
  if (!(await exists(join(folder, PREVIOUS)))) return;
  await move(kind, join(folder, PREVIOUS), folder);
  await rmdir(join(folder, PREVIOUS));
}

async function move(kind: FolderKind, from: string, to: string): Promise<void> {
  for (const name of await contentOf(kind, from)) {
    await rm(join(to, name), { recursive: true, force: true });
    await rename(join(from, name), join(to, name));
  }
  await syncFolder(to);
  await syncFolder(from);
}

/** What is half cleared away is still what it was, if not worth much. */
async function clear(kind: FolderKind, folder: string): Promise<void> {
  for (const name of await contentOf(kind, folder)) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}
