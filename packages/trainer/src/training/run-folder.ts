/** A run's folder, and its `run.json`: what was asked for, on what, by what, and where. */
import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { isTemporaryName, readJson, writeJson } from '../files.ts';
import { ONNXRUNTIME_VERSION, OTZYV_VERSION, TFJS_VERSION } from '../version.ts';
import type { DataFingerprints } from './going-on.ts';
import { type RunOptions, runOptionsSchema } from './options.ts';
import { type FolderKind, settleFolder } from './work-folder.ts';

const runFileSchema = z.object({
  options: runOptionsSchema,
  data: z.record(z.string(), z.object({ sha256: z.string() }).loose()),
  /** the folder that paths are relative to; runs of earlier versions do not tell */
  startedIn: z.string().optional(),
  startedAt: z.string().optional(),
  versions: z.record(z.string(), z.string()).optional(),
  git: z.object({ commit: z.string(), isDirty: z.boolean() }).nullish(),
  machine: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});

/** What `run.json` holds: what was asked for, on what, by what. */
export type RunFile = z.infer<typeof runFileSchema>;

/** What a run leaves in its folder. */
export const RUN: FolderKind = {
  what: 'run',
  marker: 'run.json',
  content:
    /^(best|checkpoints|(events|control)\.jsonl|(eval|train)_results\.json|(test|validation)_pred\.csv|trainer_state\.json|data_profile\.json|examples\.json|answer_times\.json|report\.html)$/,
  worth: /^(best|checkpoints)$/,
  goOn: (folder) => `otzyv train --resume ${folder}, or the same otzyv run with --resume`,
};

/** Clears up what a killed process left half-written. */
export async function settleRun(folder: string, kind: FolderKind = RUN): Promise<void> {
  await settleFolder(kind, folder);
  const best = await readdir(join(folder, 'best'), { recursive: true }).catch((): string[] => []);
  for (const name of best) {
    if (isTemporaryName(basename(name))) await rm(join(folder, 'best', name), { force: true });
  }
}

export async function writeRunFile(
  folder: string,
  options: RunOptions,
  data: DataFingerprints,
): Promise<void> {
  await writeJson(join(folder, 'run.json'), await beginningOf(options, data));
}

/** What is noted down where work begins: what was asked for, of what, by what, and where. */
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

/** The commit of the folder the run was started in, and whether files differ from it; null outside a repository. */
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

/** @throws OtzyvError `run.not-a-run` when the folder holds none */
export async function readRunFile(folder: string): Promise<RunFile> {
  const path = join(folder, 'run.json');
  const json = await readJson(path).catch((error: unknown) => {
    throw new OtzyvError(
      'run.not-a-run',
      `${folder} holds no run: ${(error as Error).message}`,
      'Name the folder that was given as --output.',
      { cause: error },
    );
  });
  const parsed = runFileSchema.safeParse(json);
  if (!parsed.success) {
    throw new OtzyvError(
      'run.not-a-run',
      `${path}: ${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`,
      'The file was changed, or written by another version of Otzyv: start the run anew.',
    );
  }
  return parsed.data;
}
