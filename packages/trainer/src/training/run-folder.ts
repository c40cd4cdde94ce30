/**
 * A run's folder: made new or taken up again, with `run.json` (what was asked for, on what, by what) and
 * `events.jsonl` (what happened).
 */
import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { fileError, makeFolder, readJson, writeJson } from '../files.ts';
import { ONNXRUNTIME_VERSION, OTZYV_VERSION, TFJS_VERSION } from '../version.ts';
import { EVENT_SCHEMA_VERSION, type Listener, type RunEvent } from './events.ts';
import { type RunOptions, runOptionsSchema } from './options.ts';

const runFileSchema = z.object({
  options: runOptionsSchema,
  data: z.record(z.string(), z.object({ sha256: z.string() }).loose()),
});

/** Fingerprints of the files a run was made from, by their paths. */
export type DataFingerprints = Record<string, { sha256: string }>;

/**
 * A folder that holds a run already is refused, unless it may be overwritten; one with other files always is.
 * @throws OtzyvError `run.exists`
 */
export async function checkRunFolder(folder: string, overwrite: boolean): Promise<void> {
  const present = await readdir(folder).catch((error: unknown): string[] => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileError(error, folder);
  });
  if (present.length > 0 && !overwrite) {
    const isRun = present.includes('run.json');
    throw new OtzyvError(
      'run.exists',
      `${folder} ${isRun ? 'holds a run already' : `is not empty (${present.slice(0, 3).join(', ')} …)`}`,
      isRun
        ? `Go on with it: otzyv train --resume ${folder}, or the same otzyv run with --resume. Else choose another --output, or --overwrite.`
        : 'Choose another --output.',
    );
  }
  if (present.length > 0 && !present.includes('run.json')) {
    throw new OtzyvError(
      'run.exists',
      `${folder} holds files that are not a run's`,
      'Choose another --output.',
    );
  }
}

/** Makes the folder of a new run, in place of a run that may lie there. */
export async function createRunFolder(folder: string): Promise<void> {
  try {
    for (const name of RUN_CONTENT) await rm(join(folder, name), { recursive: true, force: true });
    await makeFolder(folder);
  } catch (error) {
    throw fileError(error, folder);
  }
}

/** What a run leaves in its folder: all that overwriting may remove. Last what tells that it is a run's folder. */
const RUN_CONTENT = [
  'events.jsonl',
  'checkpoints',
  'best',
  '.best.otzyv-new',
  '.best.otzyv-old',
  'report.html',
  'validation_pred.csv',
  'trainer_state.json',
  'train_results.json',
  'eval_results.json',
  'test_pred.csv',
  'run.json',
];

/** Takes back a run that ended before it had anything to keep. */
export async function discardEmptyRun(folder: string): Promise<void> {
  const present = await readdir(folder).catch((): string[] => []);
  if (present.includes('best') || present.includes('checkpoints')) return;
  for (const name of RUN_CONTENT) await rm(join(folder, name), { recursive: true, force: true });
  await rmdir(folder).catch(() => undefined); // other files may lie there
}

export async function writeRunFile(
  folder: string,
  options: RunOptions,
  data: DataFingerprints,
): Promise<void> {
  await writeJson(join(folder, 'run.json'), {
    schemaVersion: 1,
    startedAt: new Date().toISOString(),
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
export async function readRunFile(folder: string): Promise<{ options: RunOptions; data: DataFingerprints }> {
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

/** @returns how the run in the folder came to its end; undefined where something is left to do */
export async function finishedEvent(folder: string): Promise<FinishedEvent | undefined> {
  const log = await readFile(join(folder, 'events.jsonl'), 'utf8').catch(() => '');
  const last = log.trimEnd().split('\n').at(-1) ?? '';
  return last.includes('"type":"run.finished"') ? (JSON.parse(last) as FinishedEvent) : undefined;
}

type FinishedEvent = Extract<RunEvent, { type: 'run.finished' }>;

/**
 * Writes every event to `events.jsonl`, as it happens, and hands it on. Lines are appended synchronously: what a
 * killed process had told is on disk.
 */
export function logEvents(folder: string, listen: Listener): Listener {
  const path = join(folder, 'events.jsonl');
  // a process that was killed, or a full disk, may have left half a line
  const isTorn = existsSync(path) && !readFileSync(path, 'utf8').endsWith('\n');
  if (isTorn) appendFileSync(path, '\n');
  return (event) => {
    const line = JSON.stringify({ v: EVENT_SCHEMA_VERSION, time: new Date().toISOString(), ...event });
    try {
      appendFileSync(path, `${line}\n`);
    } catch (error) {
      throw fileError(error, path);
    }
    listen(event);
  };
}
