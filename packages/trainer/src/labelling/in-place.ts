/**
 * A file that is overwritten with its own labels. It is kept beside as it was, and what is labelled is read from there, so that the
 * same decisions always make the same file; what somebody else has changed meanwhile is not overwritten.
 */
import { existsSync } from 'node:fs';
import { copyFile, rename } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { fingerprintFile } from '../data/fingerprint.ts';
import { syncFolder } from '../durability.ts';
import { temporaryName } from '../files.ts';
import { type Journal, journalPath } from './journal.ts';

interface Files {
  readonly file: string;
  readonly output: string;
}

export function isInPlace({ file, output }: Files): boolean {
  return resolve(file) === resolve(output);
}

/** Where a file that is overwritten with its labels is kept as it was. */
export function keptOriginal(file: string): string {
  const ending = extname(file);
  return join(dirname(file), `${basename(file, ending)}.before-labelling${ending}`);
}

/** @throws OtzyvError `data.exists` where something else is in its place */
export async function keepOriginal(file: string): Promise<void> {
  const kept = keptOriginal(file);
  if (existsSync(kept)) {
    const [one, other] = [await fingerprintFile(file), await fingerprintFile(kept)];
    if (one.sha256 === other.sha256) return;
    throw new OtzyvError(
      'data.exists',
      `${kept} is there already, where ${file} is to be kept as it was`,
      'Move it away, or choose another --output.',
    );
  }
  await copyFile(file, temporaryName(kept));
  await rename(temporaryName(kept), kept);
  await syncFolder(dirname(kept));
}

/** Where the new content is written first. Its ending still tells the format. */
export function unfinishedTable(path: string): string {
  return join(dirname(path), `.labelled-${basename(path)}`);
}

/** Puts the new content in the place of the old; a process killed before it has done so does it again. */
export async function overwrite(file: string, journal: Journal): Promise<void> {
  const { sha256 } = await fingerprintFile(unfinishedTable(file));
  journal.append({ type: 'overwritten', sha256 });
  await rename(unfinishedTable(file), file);
  await syncFolder(dirname(file));
}

/** @param known fingerprints that are ours @throws OtzyvError `data.other-file` */
export async function refuseChanged(files: Files, known: ReadonlySet<string>): Promise<void> {
  const { sha256 } = await fingerprintFile(files.file);
  if (!known.has(sha256)) throw changed(files);
}

export function changed({ file, output }: Files): OtzyvError {
  return new OtzyvError(
    'data.other-file',
    `${file} is not what it was when its labelling was begun`,
    `Restore it, or label it into another --output; what was labelled so far is in ${journalPath(output)}.`,
  );
}
