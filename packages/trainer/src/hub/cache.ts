/**
 * The folder of downloaded models, laid out as Python's huggingface_hub does, so that each finds what the other has
 * downloaded:
 *
 *   models--org--name/refs/main                      the commit that "main" was when last asked
 *   models--org--name/blobs/<etag>                   contents, each once
 *   models--org--name/snapshots/<commit>/config.json links to them, one folder a commit
 */
import { randomUUID } from 'node:crypto';
import { copyFile, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { syncFolder } from '../durability.ts';
import { fileError, makeFolder } from '../files.ts';

export interface ModelCache {
  readonly folder: string;
  snapshot(commit: string): string;
  blob(etag: string): string;
  /** @returns the commit that a revision stood for when it was last asked for */
  readRevision(revision: string): Promise<string | undefined>;
  writeRevision(revision: string, commit: string): Promise<void>;
}

export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

export function modelCache(cacheDir: string, id: string): ModelCache {
  const folder = join(cacheDir, `models--${id.replaceAll('/', '--')}`);
  const reference = (revision: string) => join(folder, 'refs', ...revision.split('/'));
  return {
    folder,
    snapshot: (commit) => join(folder, 'snapshots', commit),
    blob: (etag) => join(folder, 'blobs', etag),
    readRevision: async (revision) => {
      if (isCommit(revision)) return revision;
      const commit = await readFile(reference(revision), 'utf8').catch(() => '');
      return isCommit(commit.trim()) ? commit.trim() : undefined;
    },
    writeRevision: async (revision, commit) => {
      if (revision === commit) return;
      await replace(reference(revision), (temporary) => writeFile(temporary, commit));
    },
  };
}

/** Puts a blob into a snapshot: as a link, or as a copy where links are not allowed (Windows, some network disks). */
export function linkBlob(blob: string, path: string, link: typeof symlink = symlink): Promise<void> {
  return replace(path, (temporary) =>
    link(relative(dirname(path), blob), temporary).catch(() => copyFile(blob, temporary)),
  );
}

/** Each call has a temporary name of its own: models are fetched by several threads of one process. */
async function replace(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await makeFolder(dirname(path));
    await make(temporary);
    await rename(temporary, path); // takes the place of a link whose blob has gone, too
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(error, path);
  }
}
