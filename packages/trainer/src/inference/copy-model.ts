/**
 * Copies of classifiers' folders with what an answer needs, whatever their kind. Of a BERT the weights are written anew,
 * one file in float32; nothing is linked, so that a folder may be moved to another disk or machine.
 */
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, replaceFolder, writeJson } from '../files.ts';
import { loadLinear } from '../linear/store.ts';
import { classifierConfigJson } from '../model/bert-config.ts';
import { hasCurrentQuantized, quantizedPath, weightsHash } from '../model/export-onnx.ts';
import {
  type EnsembleCard,
  exists,
  MODEL_FILE,
  type ModelCard,
  readModelCard,
  writeModelCard,
} from '../model/model-folder.ts';
import { writeSafetensors } from '../model/safetensors.ts';
import { readSavedClassifier } from '../model/saved-classifier.ts';
import { readTokenizerFiles, writeTokenizerFiles } from '../tokenizer/files.ts';
import { memberFolder } from './ensemble.ts';

/**
 * For Otzyv itself: a BERT without `onnx/model.onnx`, which only other programs read and which would double it, but
 * with its file of 8 bits, where it has one.
 * @param source a model's folder
 */
export async function copyModel(source: string, target: string): Promise<void> {
  const card = await readModelCard(source);
  if (card?.kind === 'linear') return copyLinear(source, target);
  if (card?.kind === 'ensemble') return copyEnsemble(source, target, card);
  return copyBert(source, target, card, async (unfinished) => {
    await copyFiles(source, unfinished, ['tuning.json']);
    await copyQuantized(source, unfinished, card);
  });
}

async function copyLinear(source: string, target: string): Promise<void> {
  await loadLinear(source); // a broken one is told of before it is copied
  await replaceFolder(target, (unfinished) => copyFiles(source, unfinished, LINEAR_FILES));
}

/** @param complete adds to the folder before it takes its name */
export async function copyEnsemble(
  source: string,
  target: string,
  { members }: EnsembleCard,
  complete: (unfinished: string) => Promise<void> = async () => undefined,
): Promise<void> {
  await replaceFolder(target, async (unfinished) => {
    await copyFiles(source, unfinished, ENSEMBLE_FILES);
    for (const { name } of members)
      await copyModel(memberFolder(source, name), memberFolder(unfinished, name));
    await complete(unfinished);
  });
}

/** @param complete adds to the folder before it takes its name */
export async function copyBert(
  source: string,
  target: string,
  card: ModelCard | undefined,
  complete: (unfinished: string) => Promise<void>,
): Promise<void> {
  const { config, configJson, labels, weights } = await readSavedClassifier(source);
  const tokenizer = await readTokenizerFiles(source);
  const asked = (tokenizer.config as { model_max_length?: number | null }).model_max_length ?? Infinity;
  await replaceFolder(target, async (unfinished) => {
    await copyFiles(source, unfinished, ['README.md']);
    if (card !== undefined) {
      const { quantization: _, ...rest } = card; // of a file that is not copied
      await writeModelCard(unfinished, rest);
    }
    await writeSafetensors(join(unfinished, 'model.safetensors'), weights);
    await writeJson(join(unfinished, 'config.json'), classifierConfigJson(configJson, labels));
    await writeTokenizerFiles(tokenizer, unfinished, card?.maxLength ?? Math.min(asked, config.maxPositions));
    await complete(unfinished);
  });
}

/** Where the weights beside it are still those it was made from. */
async function copyQuantized(source: string, target: string, card: ModelCard | undefined): Promise<void> {
  if (card === undefined || !(await hasCurrentQuantized(source, card))) return;
  if ((await weightsHash(target)) !== card.quantization?.madeFrom) return;
  await makeFolder(dirname(quantizedPath(target)));
  await copyFile(quantizedPath(source), quantizedPath(target));
  await writeModelCard(target, card);
}

const ENSEMBLE_FILES = ['config.json', MODEL_FILE, 'README.md', 'tuning.json'];
const LINEAR_FILES = ['config.json', 'linear.json', 'model.safetensors', MODEL_FILE, 'README.md'];

async function copyFiles(from: string, to: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (await exists(join(from, name))) await copyFile(join(from, name), join(to, name));
  }
}
