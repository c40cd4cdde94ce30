/** A run's folder: whether it may be used, and its `run.json`: what was asked for, on what, by what, and where. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { fileError, isTemporaryName, readJson, settleReplacedFolders, writeJson } from '../files.ts';
import { ONNXRUNTIME_VERSION, OTZYV_VERSION, TFJS_VERSION } from '../version.ts';
import { type RunOptions, runOptionsSchema } from './options.ts';
import { PREVIOUS, RUN_CONTENT } from './previous-run.ts';
import { LOCK_FILE } from './run-lock.ts';

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

/** Fingerprints of the files a run was made from, by their paths. */
export type DataFingerprints = Record<string, { sha256: string }>;

/**
 * A folder that holds a run already is refused, unless it may be overwritten; one with other files always is.
 * @throws OtzyvError `run.exists`
 */
export async function checkRunFolder(folder: string, overwrite: boolean): Promise<void> {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileError(error, folder);
  });
  // all that a run leaves which is killed before its run.json is written
  const present = names.filter((name) => !name.startsWith(LOCK_FILE) && !isTemporaryName(name));
  if (present.length === 0) return;
  const isRun = present.includes('run.json') || present.includes(PREVIOUS);
  if (!overwrite) {
    throw new OtzyvError(
      'run.exists',
      `${folder} ${isRun ? 'holds a run already' : `is not empty (${present.slice(0, 3).join(', ')} …)`}`,
      isRun
        ? `Go on with it: otzyv train --resume ${folder}, or the same otzyv run with --resume. Else choose another --output, or --overwrite.`
        : 'Choose another --output.',
    );
  }
  if (!isRun) {
    throw new OtzyvError(
      'run.exists',
      `${folder} holds files that are not a run's`,
      'Choose another --output.',
    );
  }
}

/** Clears up what a killed process left half-written. */
export async function settleRunFolder(folder: string): Promise<void> {
  await settleReplacedFolders(folder);
  for (const name of await readdir(folder)) {
    // other programs may be writing other files here
    const isOurs = RUN_CONTENT.some((ours) => name.startsWith(`.${ours}.`));
    if (isOurs && isTemporaryName(name)) await rm(join(folder, name), { force: true });
  }
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
  await writeJson(join(folder, 'run.json'), {
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
  });
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

/** @returns what a path that was given where the run was begun is called here; it may not be there any more */
export function calledHere({ startedIn }: RunFile, path: string): string {
  if (startedIn === undefined || startedIn === process.cwd()) return path;
  const there = resolve(startedIn, path);
  return existsSync(there) ? relative(process.cwd(), there) : path;
}
