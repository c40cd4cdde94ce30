/**
 * The weights of a model folder, whichever way they were saved.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { fileError } from '../files.ts';
import { readSafetensors, type Tensor } from './safetensors.ts';
import { readShardedSafetensors } from './safetensors-shards.ts';
import { readTorchCheckpoint } from './torch-checkpoint.ts';
import { withFile } from './weights-file-bytes.ts';

export interface Weights {
  readonly tensors: Map<string, Tensor>;
  /** The file they came from; of a sharded model, its index. */
  readonly file: string;
}

/** In the order of preference: safetensors cannot be tied to a version of PyTorch, and read faster. */
const READERS = {
  'model.safetensors': readSafetensors,
  'model.safetensors.index.json': readShardedSafetensors,
  'pytorch_model.bin': readTorchCheckpoint,
} as const;

/** The names under which weights are looked for, the best first. */
export const WEIGHTS_FILES = Object.keys(READERS) as readonly (keyof typeof READERS)[];

/** @throws OtzyvError `model.no-weights` when the folder has none that can be read, `model.broken-…` for a faulty file */
export async function readWeights(folder: string): Promise<Weights> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw fileError(error, folder);
  });
  const name = WEIGHTS_FILES.find((name) => names.includes(name));
  if (name === undefined) throw noWeights(folder, names);
  const file = join(folder, name);
  await refuseGitPointer(file);
  const { tensors } = await READERS[name](file);
  return { tensors, file };
}

function noWeights(folder: string, names: readonly string[]): OtzyvError {
  const found = names.length === 0 ? 'it is empty' : `found: ${[...names].sort().join(', ')}`;
  const foreign = names.find((name) => /^(tf_model|flax_model|model\.ckpt|rust_model)/.test(name));
  return new OtzyvError(
    'model.no-weights',
    `${folder} has no weights that Otzyv reads (${found})`,
    foreign === undefined
      ? `A model folder holds ${WEIGHTS_FILES[0]} or pytorch_model.bin beside its config.json. Check the folder.`
      : `${foreign} is of another framework: save the model with PyTorch's transformers as ${WEIGHTS_FILES[0]}.`,
  );
}

/** A repository cloned without git-lfs has texts of three lines where the weights should be. */
async function refuseGitPointer(path: string): Promise<void> {
  const first = 'version https://git-lfs';
  const isPointer = await withFile(path, async (file) => {
    if (file.size < first.length || file.size > 1024) return false;
    return Buffer.from(await file.read(0, first.length)).toString() === first;
  });
  if (isPointer) {
    throw new OtzyvError(
      'model.git-pointer',
      `${path} is a pointer of git-lfs, not the weights themselves`,
      'Run "git lfs pull" in that folder, or name the model by its id to have it downloaded.',
    );
  }
}
