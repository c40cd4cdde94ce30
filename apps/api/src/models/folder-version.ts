/** Which model lies in a folder, told without reading it: by the files it is made of, and when each was written. */
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Of a folder without a model in it, or of one that is just being replaced. */
export const NO_VERSION = 'none';

/** @param folder of a model, or of a run: its best model counts */
export async function folderVersion(folder: string): Promise<string> {
  for (const place of [folder, join(folder, 'best')]) {
    const names = await readdir(place, { recursive: true }).catch(() => []);
    if (!names.some((name) => name === 'otzyv.json' || name === 'config.json')) continue;
    const files = await Promise.all(names.sort().map((name) => fileVersion(place, name)));
    return createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 16);
  }
  return NO_VERSION;
}

async function fileVersion(folder: string, name: string): Promise<string> {
  const found = await stat(join(folder, name), { bigint: true }).catch(() => undefined);
  if (found === undefined) return `${name} gone`;
  return found.isFile() ? `${name} ${found.ino} ${found.mtimeNs} ${found.size}` : name;
}
