/**
 * A model folder that needs nothing else: what Hugging Face's libraries read, ONNX file included, and what
 * Otzyv knows besides.
 */
import { cp, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { replaceFolder } from '../files.ts';
import type { FetchOptions } from '../hub/fetch-model.ts';
import { writeOnnx } from '../model/export-onnx.ts';
import { exists, readModelCard } from '../model/model-folder.ts';
import { resolveModelFolder } from './classifier.ts';

export interface ExportedModel {
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/** @throws OtzyvError `run.exists` when the target is there already */
export async function exportModel(
  nameOrPath: string,
  output: string,
  fetch: FetchOptions = {},
): Promise<ExportedModel> {
  const source = await resolveModelFolder(nameOrPath, fetch);
  if (await exists(output)) {
    throw new OtzyvError('run.exists', `${output} exists already`, 'Choose another --output.');
  }
  const card = await readModelCard(source);
  await replaceFolder(output, async (unfinished) => {
    await cp(source, unfinished, { recursive: true, dereference: true });
    if (card?.kind !== 'linear') await writeOnnx(unfinished);
  });
  return { folder: output, files: await listFiles(output) };
}

async function listFiles(folder: string): Promise<ExportedModel['files']> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (path) => ({ name: relative(folder, path), bytes: (await stat(path)).size })),
  );
}
