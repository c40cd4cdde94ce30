/** A cross-validation's folder: `crossval.json` (what was asked for, of what), the folds' runs, and what they say. */
import { join } from 'node:path';
import { z } from 'zod';
import { writeJson } from '../files.ts';
import { exists } from '../model/model-folder.ts';
import { beginningOf, beginningShape, readBeginning } from './beginning-file.ts';
import { type CrossValidationOptions, crossValidationSchema } from './cross-validation-options.ts';
import type { DataFingerprints } from './going-on.ts';
import type { FolderKind } from './work-folder.ts';

const FILE = 'crossval.json';

export const CROSS_VALIDATION: FolderKind = {
  what: 'cross-validation',
  marker: FILE,
  content: /^(fold-\d+|repeat-\d+|best|oof_pred\.csv|cv_results\.json|report\.html)$/,
  worth: /^(fold|repeat)-\d+$/,
  goOn: (folder) => `otzyv crossval --resume ${folder}`,
};

const fileSchema = z.object({
  options: crossValidationSchema,
  ...beginningShape,
});

export type CrossValidationFile = z.infer<typeof fileSchema>;

export function isCrossValidation(folder: string): Promise<boolean> {
  return exists(join(folder, FILE));
}

export async function writeCrossValidationFile(
  options: CrossValidationOptions,
  data: DataFingerprints,
): Promise<void> {
  await writeJson(join(options.output, FILE), await beginningOf(options, data));
}

/** @throws OtzyvError `run.not-a-run` when the folder holds none */
export function readCrossValidationFile(folder: string): Promise<CrossValidationFile> {
  return readBeginning(CROSS_VALIDATION, folder, fileSchema);
}
