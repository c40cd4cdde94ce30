/** A cross-validation's folder: `crossval.json` (what was asked for, of what), the folds' runs, and what they say. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { fileError, makeFolder, readJson, writeJson } from '../files.ts';
import { exists } from '../model/model-folder.ts';
import { OTZYV_VERSION } from '../version.ts';
import { type CrossValidationOptions, crossValidationSchema } from './cross-validation-options.ts';
import type { DataFingerprints } from './run-folder.ts';

const FILE = 'crossval.json';

/** All that overwriting may remove. Last what tells that it is a cross-validation's folder. */
const CONTENT =
  /^(fold-\d+|repeat-\d+|best|\.best\.otzyv-(new|old)|oof_pred\.csv|cv_results\.json|report\.html)$/;

const fileSchema = z.object({
  options: crossValidationSchema,
  data: z.record(z.string(), z.object({ sha256: z.string() }).loose()),
});

export type CrossValidationFile = z.infer<typeof fileSchema>;

export function isCrossValidation(folder: string): Promise<boolean> {
  return exists(join(folder, FILE));
}

/** @throws OtzyvError `run.exists` for a folder that holds a cross-validation already, or anything else */
export async function checkFolder(folder: string, overwrite: boolean): Promise<void> {
  const present = await contentOf(folder);
  if (present.length === 0) return;
  const isOurs = present.includes(FILE);
  if (isOurs && overwrite) return;
  throw new OtzyvError(
    'run.exists',
    `${folder} ${isOurs ? 'holds a cross-validation already' : `holds other things: ${present.slice(0, 3).join(', ')} …`}`,
    isOurs
      ? `Go on with it: otzyv crossval --resume ${folder}. Else choose another --output, or --overwrite.`
      : 'Choose another --output.',
  );
}

/** Makes the folder of a new cross-validation, in place of one that may lie there. */
export async function createFolder(options: CrossValidationOptions, data: DataFingerprints): Promise<void> {
  const { output: folder } = options;
  try {
    for (const name of await contentOf(folder))
      if (CONTENT.test(name)) await rm(join(folder, name), { recursive: true, force: true });
    await makeFolder(folder);
  } catch (error) {
    throw fileError(error, folder);
  }
  await writeJson(join(folder, FILE), {
    schemaVersion: 1,
    startedAt: new Date().toISOString(),
    options,
    data,
    versions: { otzyv: OTZYV_VERSION, node: process.version },
  });
}

async function contentOf(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown): string[] => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileError(error, folder);
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

/** How it is computed may change between two calls; what, not. */
const FREE: readonly string[] = ['output', 'engine', 'device', 'threads'];

/** @throws OtzyvError `run.other-options` */
export function checkSameOptions(saved: CrossValidationOptions, asked: CrossValidationOptions): void {
  const names = Object.keys({ ...saved, ...asked }) as (keyof CrossValidationOptions)[];
  const other = names.find((name) => !FREE.includes(name) && !isDeepStrictEqual(saved[name], asked[name]));
  if (other === undefined) return;
  throw new OtzyvError(
    'run.other-options',
    `the cross-validation in ${asked.output} was begun with ${other} ${JSON.stringify(saved[other])}, not ${JSON.stringify(asked[other])}`,
    'Give the options it was begun with, or choose another --output.',
  );
}
