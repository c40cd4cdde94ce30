/** The runs in a folder, also those in folders of it: of a cross-validation, a search, a comparison of losses. */
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

export interface FoundRun {
  /** its place below the folder, with colons: it can stand in a URL, and is never made into a path again */
  readonly id: string;
  readonly folder: string;
}

/** `runs/search/trials/001` lies three below `runs`. */
const DEEPEST = 4;

/** Links are not followed. @returns by id; none where there is no such folder */
export async function findRuns(folder: string): Promise<FoundRun[]> {
  const found = await runsIn(folder, [], DEEPEST);
  return found.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}

async function runsIn(folder: string, parts: readonly string[], depth: number): Promise<FoundRun[]> {
  // what may not be read, or has gone meanwhile, holds nothing that could be shown
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some(({ name }) => name === 'run.json' || name === 'pretrain.json')) {
    return [{ id: (parts.length === 0 ? [basename(resolve(folder))] : parts).join(':'), folder }];
  }
  if (depth === 0) return [];
  const found: FoundRun[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    found.push(...(await runsIn(join(folder, entry.name), [...parts, entry.name], depth - 1)));
  }
  return found;
}
