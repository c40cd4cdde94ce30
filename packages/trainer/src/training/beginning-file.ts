/**
 * The file that tells what work a folder holds, `run.json` and its like: what was asked for, of what, by what, and where.
 * It is written first, and whoever goes on with the work reads it.
 */
import { execFile } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { readJson } from '../files.ts';
import { ONNXRUNTIME_VERSION, OTZYV_VERSION, TFJS_VERSION } from '../version.ts';
import type { DataFingerprints } from './going-on.ts';
import type { FolderKind } from './work-folder.ts';

/** What each kind of work has in its file, beside its options. */
export const beginningShape = {
  data: z.record(z.string(), z.object({ sha256: z.string() }).loose()),
  /** the folder that paths are relative to; earlier versions do not tell */
  startedIn: z.string().optional(),
};

/** What is noted down where work begins. */
export async function beginningOf<Options>(options: Options, data: DataFingerprints) {
  return {
    schemaVersion: 1,
    startedAt: new Date().toISOString(),
    startedIn: process.cwd(),
    options,
    data,
    versions: {
      otzyv: OTZYV_VERSION,
      node: process.version,
      onnxruntime: ONNXRUNTIME_VERSION,
      tfjs: TFJS_VERSION,
    },
    git: await gitState(),
    machine: {
      platform: `${process.platform}-${process.arch}`,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
    },
  };
}

/** The commit of the folder the work was started in, and whether files differ from it; null outside a repository. */
async function gitState(): Promise<{ commit: string; isDirty: boolean } | null> {
  const git = promisify(execFile);
  try {
    const { stdout: commit } = await git('git', ['rev-parse', 'HEAD']);
    const { stdout: changes } = await git('git', ['status', '--porcelain', '--untracked-files=no']);
    return { commit: commit.trim(), isDirty: changes !== '' };
  } catch {
    return null;
  }
}

/** @throws OtzyvError `run.not-a-run` when the folder holds no such work, or the file is not what was written */
export async function readBeginning<T>(
  { what, marker }: FolderKind,
  folder: string,
  schema: z.ZodType<T>,
): Promise<T> {
  const path = join(folder, marker);
  const json = await readJson(path).catch((error: unknown) => {
    throw new OtzyvError(
      'run.not-a-run',
      `${folder} holds no ${what}: ${(error as Error).message}`,
      'Name the folder that was given as --output.',
      { cause: error },
    );
  });
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new OtzyvError(
    'run.not-a-run',
    `${path}: ${issue?.path.join('.') || 'as a whole'}: ${issue?.message}`,
    'The file was changed, or written by another version of Otzyv: begin anew.',
  );
}
