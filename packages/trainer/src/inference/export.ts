/**
 * A model folder that needs nothing else: what Hugging Face's libraries read, ONNX file included, and what
 * Otzyv knows besides.
 */
import { copyFile, readdir, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { replaceFolder, writeJson } from '../files.ts';
import type { FetchOptions } from '../hub/fetch-model.ts';
import { loadLinear } from '../linear/store.ts';
import { classifierConfigJson } from '../model/bert-config.ts';
import { writeOnnx } from '../model/export-onnx.ts';
import { exists, MODEL_FILE, type ModelCard, readModelCard } from '../model/model-folder.ts';
import { writeSafetensors } from '../model/safetensors.ts';
import { readSavedClassifier } from '../model/saved-classifier.ts';
import { readTokenizerFiles, writeTokenizerFiles } from '../tokenizer/files.ts';
import { resolveModelFolder } from './classifier.ts';

/** What was written, with sizes in bytes. */
export interface ExportedModel {
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/**
 * Whatever the source holds, the folder gets one `model.safetensors` in float32, both files of the tokenizer, and
 * what Otzyv knows beside them; nothing else is copied.
 * @throws OtzyvError `run.exists` when the target is there already
 */
export async function exportModel(
  nameOrPath: string,
  output: string,
  fetch: FetchOptions = {},
): Promise<ExportedModel> {
  const source = resolve(await resolveModelFolder(nameOrPath, fetch));
  const target = resolve(output);
  if (await exists(target)) {
    throw new OtzyvError('run.exists', `${output} exists already`, 'Choose another --output.');
  }
  if (target.startsWith(source + sep)) {
    throw new OtzyvError(
      'run.exists',
      `${output} lies inside the model it is made from`,
      'Choose another --output.',
    );
  }
  const card = await readModelCard(source);
  await (card?.kind === 'linear' ? copyLinear(source, target) : exportBert(source, target, card));
  return { folder: output, files: await listFiles(target) };
}

async function copyLinear(source: string, target: string): Promise<void> {
  await loadLinear(source); // a broken one is told of before it is copied
  await replaceFolder(target, (unfinished) => copyFiles(source, unfinished, [...LINEAR_FILES, ...OUR_FILES]));
}

async function exportBert(source: string, target: string, card: ModelCard | undefined): Promise<void> {
  const { config, configJson, labels, weights } = await readSavedClassifier(source);
  const tokenizer = await readTokenizerFiles(source);
  const asked = (tokenizer.config as { model_max_length?: number | null }).model_max_length ?? Infinity;
  await replaceFolder(target, async (unfinished) => {
    await copyFiles(source, unfinished, OUR_FILES);
    await writeSafetensors(join(unfinished, 'model.safetensors'), weights);
    await writeJson(join(unfinished, 'config.json'), classifierConfigJson(configJson, labels));
    await writeTokenizerFiles(tokenizer, unfinished, card?.maxLength ?? Math.min(asked, config.maxPositions));
    await writeOnnx(unfinished);
  });
}

const LINEAR_FILES = ['config.json', 'linear.json', 'model.safetensors'];
const OUR_FILES = [MODEL_FILE, 'README.md'];

async function copyFiles(from: string, to: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (await exists(join(from, name))) await copyFile(join(from, name), join(to, name));
  }
}

async function listFiles(folder: string): Promise<ExportedModel['files']> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (path) => ({ name: relative(folder, path), bytes: (await stat(path)).size })),
  );
}
