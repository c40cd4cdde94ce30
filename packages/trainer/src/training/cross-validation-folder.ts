/** A cross-validation's folder: `crossval.json` (what was asked for, of what), the folds' runs, and what they say. */
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { readJson, writeJson } from '../files.ts';
import { exists } from '../model/model-folder.ts';
import { OTZYV_VERSION } from '../version.ts';
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
  data: z.record(z.string(), z.object({ sha256: z.string() }).loose()),
  startedIn: z.string().optional(),
});

export type CrossValidationFile = z.infer<typeof fileSchema>;

export function isCrossValidation(folder: string): Promise<boolean> {
  return exists(join(folder, FILE));
}

export async function writeCrossValidationFile(
  options: CrossValidationOptions,
  data: DataFingerprints,
): Promise<void> {
  await writeJson(join(options.output, FILE), {
    schemaVersion: 1,
    startedAt: new Date().toISOString(),
    startedIn: process.cwd(),
    options,
    data,
    versions: { otzyv: OTZYV_VERSION, node: process.version },
  });
}

/** @throws OtzyvError `run.not-a-run` when the folder holds none */
export async function readFolder(folder: string): Promise<CrossValidationFile> {
  const path = join(folder, FILE);
  const json = await readJson(path).catch((error: unknown) => {
    throw new OtzyvError(
      'run.not-a-run',
      `${folder} holds no cross-validation: ${(error as Error).message}`,
      'Name the folder that was given as --output.',
      { cause: error },
    );
  });
  const parsed = fileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new OtzyvError(
    'run.not-a-run',
    `${path}: ${issue?.path.join('.')}: ${issue?.message}`,
    'The file was changed, or written by another version of Otzyv: begin anew.',
  );
}
