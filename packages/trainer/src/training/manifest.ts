/**
 * `manifest.json`: what the files of a folder were when they were written, by size and sha256, and a hash of that list
 * itself. So a folder that a crash, a dying disk or a hand has changed is told from one that is whole.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Fingerprint, fingerprintFile } from '../data/fingerprint.ts';
import { writeJson } from '../files.ts';

const MANIFEST = 'manifest.json';

const manifestSchema = z.object({
  schemaVersion: z.literal(1),
  files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.int().nonnegative() })),
  /** of `files` */
  sha256: z.string(),
});

/**
 * The last file that is written into a folder.
 * @param isVouchedFor by name with slashes; files that change later must not be
 */
export async function writeManifest(
  folder: string,
  isVouchedFor: (name: string) => boolean = () => true,
): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((name) => name !== MANIFEST && isVouchedFor(name))
    .sort();
  const files: Record<string, Fingerprint> = {};
  for (const name of names) files[name] = await fingerprintFile(join(folder, name));
  await writeJson(join(folder, MANIFEST), { schemaVersion: 1, files, sha256: hashOf(files) });
}

/** @returns what is wrong with a folder that has a manifest, or should have one; undefined where it is whole */
export async function faultOf(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined) return `it has no ${MANIFEST}: it is torn, or of an earlier version`;
  const manifest = manifestSchema.safeParse(parsed(text));
  if (!manifest.success || manifest.data.sha256 !== hashOf(manifest.data.files)) {
    return `its ${MANIFEST} is damaged`;
  }
  const files = Object.entries(manifest.data.files);
  // sizes first: a file cut short is found without hashing gigabytes
  for (const [name, { bytes }] of files) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found === undefined) return `${name} is missing`;
    if (found.size !== bytes) return `${name} has ${found.size} bytes instead of ${bytes}`;
  }
  for (const [name, { sha256 }] of files) {
    const found = await fingerprintFile(join(folder, name)).catch((error: Error) => error);
    if (found instanceof Error) return `${name} cannot be read (${found.message})`;
    if (found.sha256 !== sha256) return `${name} is not what was written (its sha256 differs)`;
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hashOf(files: Readonly<Record<string, Fingerprint>>): string {
  const entries = Object.entries(files).map(([name, { sha256, bytes }]) => [name, sha256, bytes]);
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex');
}
