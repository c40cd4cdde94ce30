/**
 * The folders that hours of work go into: a run's, a cross-validation's, a search's. Each has a file that tells what it
 * is, which comes first and goes last, and a list of all else that may stand in it: nothing else is ever removed.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { fileError, isTemporaryName, settleReplacedFolders } from '../files.ts';
import { exists } from '../model/model-folder.ts';
import { LOCK_FILE } from './run-lock.ts';

/** Where the work that is being overwritten lies, inside the folder. */
export const PREVIOUS = '.previous';

export interface FolderKind {
  /** what it is to a person: `run` */
  readonly what: string;
  /** The file that tells what it is. */
  readonly marker: string;
  /** Names of all else that it may hold. */
  readonly content: RegExp;
  /** Of these, where what is worth keeping lies: one that is there, and not empty, can be gone on with. */
  readonly worth: RegExp;
  /** How a person goes on with it. */
  readonly goOn: (folder: string) => string;
}

/**
 * A folder that holds such work already is refused, unless it may be overwritten; one with other files always is.
 * @throws OtzyvError `run.exists`
 */
export async function checkFolder(kind: FolderKind, folder: string, overwrite: boolean): Promise<void> {
  // all that is left of work that is killed before its marker is written
  const present = (await namesIn(folder)).filter(
    (name) => !name.startsWith(LOCK_FILE) && !isTemporaryName(name),
  );
  if (present.length === 0) return;
  const isOurs = await isWorkOf(kind, folder);
  if (isOurs && overwrite) return;
  throw new OtzyvError(
    'run.exists',
    isOurs
      ? `${folder} holds a ${kind.what} already`
      : `${folder} holds files that are not a ${kind.what}'s (${present.slice(0, 3).join(', ')} …)`,
    isOurs
      ? `Go on with it: ${kind.goOn(folder)}. Else choose another --output, or --overwrite.`
      : 'Choose another --output.',
  );
}

/** Whether such work lies there, be it put aside. */
export async function isWorkOf({ marker }: FolderKind, folder: string): Promise<boolean> {
  return (await exists(join(folder, marker))) || exists(join(folder, PREVIOUS, marker));
}

/** Clears up what a killed process left half-written. Other programs may be writing other files there. */
export async function settleFolder(kind: FolderKind, folder: string): Promise<void> {
  await settleReplacedFolders(folder);
  for (const name of await namesIn(folder)) {
    const [, target = ''] = /^\.(.+)\.\d+\.tmp$/.exec(name) ?? [];
    if (target === kind.marker || kind.content.test(target)) await rm(join(folder, name), { force: true });
  }
}

/** @returns what the work consists of, its marker last */
export async function contentOf({ marker, content }: FolderKind, folder: string): Promise<string[]> {
  const names = await namesIn(folder);
  return [...names.filter((name) => content.test(name)), ...names.filter((name) => name === marker)];
}

/** Whether there is something in it to go on with. */
export async function isWorthKeeping(kind: FolderKind, folder: string): Promise<boolean> {
  for (const name of await contentOf(kind, folder)) {
    if (kind.worth.test(name) && (await readdir(join(folder, name))).length > 0) return true;
  }
  return false;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown): string[] => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileError(error, folder);
  });
}
