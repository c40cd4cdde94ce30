/**
 * A model from the Hugging Face hub, as a folder on this disk. Only what is selected is downloaded: of a BERT classifier or
 * encoder what it is made of, small files first and weights last, so that a snapshot that has its weights is whole.
 */
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { readJson } from '../files.ts';
import { parseShardIndex } from '../model/safetensors-shards.ts';
import { isCommit, linkBlob, type ModelCache, modelCache } from './cache.ts';
import { fileFacts, type HubClient, type Listing, listFiles, sleepFor } from './client.ts';
import { downloadBlob, sizeOf } from './download.ts';
import { type HubOptions, hubSettings } from './environment.ts';
import { missingFile, SHARD_INDEX, wantedFiles } from './model-files.ts';

/** How far the download of one file is. */
export interface FetchProgress {
  readonly file: string;
  readonly receivedBytes: number;
  /** Undefined where the hub does not say. */
  readonly totalBytes: number | undefined;
}

/** Which state of a model to fetch, and how. */
export interface FetchOptions extends HubOptions {
  /** A branch, a tag or a commit. Default: main */
  readonly revision?: string | undefined;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Passes the time between attempts. Default: a timer */
  readonly wait?: HubClient['wait'] | undefined;
}

/** Which files of a repository are wanted. */
export interface FileSelection {
  /** @param files names in the repository @throws OtzyvError where what is needed is not among them */
  wanted(files: readonly string[], id: string): readonly string[];
  /** @returns what a snapshot lacks to be whole */
  missing(folder: string): Promise<string | undefined>;
  /** Further files that a file names, which has just been downloaded. */
  namedIn?(file: string, path: string): Promise<readonly string[]>;
}

const CLASSIFIER: FileSelection = {
  wanted: wantedFiles,
  missing: missingFile,
  namedIn: async (file, path) =>
    file === SHARD_INDEX ? parseShardIndex(await readJson(path), path).shards : [],
};

/**
 * What is in the cache is not downloaded again; a commit that is there whole needs no network at all, and when the
 * hub does not answer, the last known state of a branch is taken from there.
 *
 * @example const folder = await fetchModel('cointegrated/rubert-tiny2', { onProgress: console.log });
 *
 * @param id organisation/name
 * @returns the folder with the model's files, under the cache's `snapshots`
 * @throws OtzyvError `hub.*`; `system.*` when the cache cannot be written
 */
export function fetchModel(id: string, options: FetchOptions = {}): Promise<string> {
  return fetchFiles(id, CLASSIFIER, options);
}

/** The same for other files than a classifier's. */
export async function fetchFiles(
  id: string,
  selection: FileSelection,
  options: FetchOptions = {},
): Promise<string> {
  const { revision = 'main', signal, wait = sleepFor } = options;
  checkModelName(id, revision);
  signal?.throwIfAborted();
  const settings = await hubSettings(options);
  const cache = modelCache(settings.cacheDir, id);
  const cached = await findInCache(cache, revision, selection);
  if (cached.missing === undefined && (settings.isOffline || isCommit(revision))) return cached.folder;
  if (settings.isOffline) {
    throw new OtzyvError(
      'hub.offline',
      `${id} is not in the cache: ${cached.missing} is missing in ${cached.folder}, and the network is not to be used`,
      'Run once without --offline and HF_HUB_OFFLINE, or name a folder that holds the model.',
    );
  }

  const client: HubClient = { id, revision, settings, signal, wait };
  const listing = await listFiles(client).catch((error: unknown) => {
    const isUnreachable = error instanceof OtzyvError && error.code === 'hub.network';
    if (isUnreachable && cached.missing === undefined) return undefined;
    throw error;
  });
  return listing === undefined ? cached.folder : download(client, cache, listing, selection, options);
}

async function download(
  client: HubClient,
  cache: ModelCache,
  { commit, files }: Listing,
  selection: FileSelection,
  { onProgress }: FetchOptions,
): Promise<string> {
  const folder = cache.snapshot(commit);
  const fetchFile = async (file: string): Promise<void> => {
    const path = join(folder, file);
    if ((await sizeOf(path)) !== undefined) return;
    const address = `${client.settings.endpoint}/${client.id}/resolve/${commit}/${encodedPath(file)}`;
    const facts = await fileFacts(client, address);
    const blob = cache.blob(facts.etag);
    const present = await sizeOf(blob);
    if (present === undefined || present !== (facts.size ?? present)) {
      const { size: totalBytes } = facts;
      await downloadBlob(client, address, blob, facts, (receivedBytes) =>
        onProgress?.({ file, receivedBytes, totalBytes }),
      );
    }
    await linkBlob(blob, path);
  };

  for (const file of selection.wanted(files, client.id)) {
    await fetchFile(file);
    for (const named of (await selection.namedIn?.(file, join(folder, file))) ?? []) await fetchFile(named);
  }
  // last, so that a download that was cut short does not hide the whole snapshot of yesterday
  await cache.writeRevision(client.revision, commit);
  return folder;
}

function encodedPath(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/');
}

async function findInCache(
  cache: ModelCache,
  revision: string,
  selection: FileSelection,
): Promise<{ folder: string; missing: string | undefined }> {
  const commit = await cache.readRevision(revision);
  if (commit === undefined) return { folder: cache.folder, missing: `refs/${revision}` };
  const folder = cache.snapshot(commit);
  return { folder, missing: await selection.missing(folder) };
}

/**
 * Both become parts of paths and addresses, so what could lead elsewhere is refused.
 * @throws OtzyvError `hub.bad-id`, `hub.bad-revision`
 */
export function checkModelName(id: string, revision = 'main'): void {
  const part = /^(?![-.])[\w.-]{1,96}(?<![-.])$/;
  const parts = id.split('/');
  if (parts.length > 2 || !parts.every((name) => part.test(name)) || /--|\.\./.test(id)) {
    throw new OtzyvError(
      'hub.bad-id',
      `"${id}" is neither a folder here nor the id of a model on the hub`,
      'Ids look like cointegrated/rubert-tiny2; a folder is named by its path, and must exist.',
    );
  }
  if (!/^[\w][\w.+/-]*$/.test(revision) || /\.\.|\/\/|\/$/.test(revision)) {
    throw new OtzyvError(
      'hub.bad-revision',
      `"${revision}" cannot be a revision of ${id}`,
      'Name a branch, a tag or a commit, such as main.',
    );
  }
}
