/** A pre-training's folder: like a run's, but what it leaves is no classifier, and `pretrain.json` tells what it is. */
import { join } from 'node:path';
import { z } from 'zod';
import { writeJson } from '../files.ts';
import { exists } from '../model/model-folder.ts';
import { beginningOf, beginningShape, readBeginning } from '../training/beginning-file.ts';
import { calledHere, type DataFingerprints } from '../training/going-on.ts';
import type { FolderKind } from '../training/work-folder.ts';
import { type PretrainingOptions, pretrainingOptionsSchema } from './options.ts';

const FILE = 'pretrain.json';

export const PRETRAINING: FolderKind = {
  what: 'pre-training',
  marker: FILE,
  content: /^(best|checkpoints|(events|control)\.jsonl|(eval|train)_results\.json|trainer_state\.json)$/,
  worth: /^(best|checkpoints)$/,
  goOn: (folder) => `otzyv pretrain --resume ${folder}`,
};

const fileSchema = z.object({
  options: pretrainingOptionsSchema,
  ...beginningShape,
});

export type PretrainingFile = z.infer<typeof fileSchema>;

export function isPretraining(folder: string): Promise<boolean> {
  return exists(join(folder, FILE));
}

export async function writePretrainingFile(
  options: PretrainingOptions,
  data: DataFingerprints,
): Promise<void> {
  await writeJson(join(options.output, FILE), await beginningOf(options, data));
}

/** @throws OtzyvError `run.not-a-run` when the folder holds none */
export function readPretrainingFile(folder: string): Promise<PretrainingFile> {
  return readBeginning(PRETRAINING, folder, fileSchema);
}

/** The options that it was begun with, its paths as they are called here. */
export function pretrainingOptionsFromHere(file: PretrainingFile): PretrainingOptions {
  const { options } = file;
  const here = (path: string) => calledHere(file, path);
  return {
    ...options,
    model: here(options.model),
    trainFiles: options.trainFiles.map(here),
    ...(options.excludeFiles && { excludeFiles: options.excludeFiles.map(here) }),
  };
}
