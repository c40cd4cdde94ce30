/**
 * Where a GGUF model lies: a path, or `organisation/name` on the hub, with or without the file in it. Of several files a
 * repository has for one model, the one with 4-bit weights (Q4_K_M) is taken: a good bargain between size and quality.
 */
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { type FetchOptions, type FileSelection, fetchFiles } from '@otzyv/trainer';

/** Nothing that could lead out of the folder it is put in. */
const GGUF_NAME = /^(?!.*\.\.)[\w.-]+(\/[\w.-]+)*\.gguf$/;
const HUB_NAME = /^([\w.-]+\/[\w.-]+)(?:\/(.+\.gguf))?$/;
const PART = /-(\d{5})-of-(\d{5})\.gguf$/;

/** @returns a path @throws OtzyvError `data.missing-file`, `hub.*`, `llm.no-gguf` */
export async function findModel(spec: string, options: FetchOptions = {}): Promise<string> {
  if (await exists(spec)) return spec;
  const [, id, file] = HUB_NAME.exec(spec) ?? [];
  if (id === undefined || (file === undefined && spec.endsWith('.gguf'))) {
    throw new OtzyvError(
      'data.missing-file',
      `${spec} is no file, and no model on the hub`,
      'Name a .gguf file, organisation/name on the hub, or a model of an endpoint with --llm-url.',
    );
  }
  const folder = await fetchFiles(id, ggufSelection(file), options);
  const [first] = chosen(await filesIn(folder), id, file);
  return join(folder, first as string); // there is one, or fetchFiles had thrown
}

function ggufSelection(file: string | undefined): FileSelection {
  return {
    wanted: (files, id) => chosen(files, id, file),
    missing: async (folder) => {
      const present = await filesIn(folder);
      const first = (name: string) => name.replace(PART, '-00001-of-$2.gguf');
      const found = present.find((name) =>
        file === undefined ? GGUF_NAME.test(name) : first(name) === first(file),
      );
      if (found === undefined) return file ?? 'a .gguf file';
      return partsOf(found).find((part) => !present.includes(part));
    },
  };
}

/** @returns the parts of one model */
function chosen(files: readonly string[], id: string, file: string | undefined): string[] {
  const models = files.filter((name) => GGUF_NAME.test(name));
  const wanted =
    file === undefined
      ? (models.find((name) => /q4_k_m/i.test(name)) ?? (models.length === 1 ? models[0] : undefined))
      : models.find((name) => name === file);
  if (wanted !== undefined) return partsOf(wanted);
  throw new OtzyvError(
    'llm.no-gguf',
    models.length === 0
      ? `${id} has no .gguf file`
      : `${id} has no ${file ?? 'file with Q4_K_M weights'} (found: ${models.slice(0, 12).join(', ')})`,
    `Name one of a repository's files, such as ${id}/${models[0] ?? 'model-q4_k_m.gguf'}.`,
  );
}

/** A large model comes in parts, of which the first is opened. */
function partsOf(name: string): string[] {
  const [, , count] = PART.exec(name) ?? [];
  if (count === undefined) return [name];
  return Array.from({ length: Number(count) }, (_, i) =>
    name.replace(PART, `-${String(i + 1).padStart(5, '0')}-of-${count}.gguf`),
  );
}

/** With the folders that they lie in; links count as files. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  const whole: string[] = [];
  // a link whose content has gone is no file
  for (const name of names)
    if (await exists(name)) whole.push(name.slice(folder.length + 1).replaceAll('\\', '/'));
  return whole.sort();
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
