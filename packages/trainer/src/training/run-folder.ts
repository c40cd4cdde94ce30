/** A run's folder, and its `run.json`. */
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { isTemporaryName, writeJson } from '../files.ts';
import { beginningOf, beginningShape, readBeginning } from './beginning-file.ts';
import type { DataFingerprints } from './going-on.ts';
import { type RunOptions, runOptionsSchema } from './options.ts';
import { type FolderKind, settleFolder } from './work-folder.ts';

const runFileSchema = z.object({
  options: runOptionsSchema,
  ...beginningShape,
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
  await writeJson(join(folder, RUN.marker), await beginningOf(options, data));
}

/** @throws OtzyvError `run.not-a-run` when the folder holds none */
export function readRunFile(folder: string): Promise<RunFile> {
  return readBeginning(RUN, folder, runFileSchema);
}
