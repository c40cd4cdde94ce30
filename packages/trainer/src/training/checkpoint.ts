/**
 * Checkpoints: `checkpoints/checkpoint-<step>/` with weights, optimiser state and where the run stood. A run goes
 * on from one exactly as if it had not stopped. They are written under a temporary name and renamed when whole;
 * one that is no longer what was written is passed over for the one before it.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import type { TrainingState } from '../engine/engine.ts';
import { readJson, replaceFolder, settleReplacedFolders, writeJson } from '../files.ts';
import { readSafetensors, type Tensor, writeSafetensors } from '../model/safetensors.ts';
import { faultOf, writeManifest } from './manifest.ts';

const logEntry = z.record(z.string(), z.number());

/** `trainer_state.json`, with the names transformers' Trainer writes, so that people's plots work. */
const trainerStateSchema = z.object({
  global_step: z.int().nonnegative(),
  max_steps: z.int().nonnegative(),
  /** epochs done, and the share of the present one */
  epoch: z.number().nonnegative(),
  best_metric: z.number().nullable(),
  best_global_step: z.int().nonnegative().nullable(),
  best_model_checkpoint: z.string().nullable(),
  /** evaluations since the best */
  evaluations_without_improvement: z.int().nonnegative(),
  log_history: z.array(logEntry),
});

export type TrainerState = z.infer<typeof trainerStateSchema>;

export const FRESH_STATE: TrainerState = {
  global_step: 0,
  max_steps: 0,
  epoch: 0,
  best_metric: null,
  best_global_step: null,
  best_model_checkpoint: null,
  evaluations_without_improvement: 0,
  log_history: [],
};

const MOMENTS = { first: 'exp_avg.', second: 'exp_avg_sq.' } as const;

export function checkpointsFolder(run: string): string {
  return join(run, 'checkpoints');
}

/** `trainer_state.json` of a run, which tells of all its evaluations. */
export async function readTrainerState(folder: string): Promise<TrainerState> {
  const path = join(folder, 'trainer_state.json');
  const parsed = trainerStateSchema.safeParse(await readJson(path));
  if (parsed.success) return parsed.data;
  throw new OtzyvError(
    'model.broken-checkpoint',
    `${path}: ${parsed.error.issues[0]?.path.join('.')} is missing or malformed`,
    'Remove this checkpoint: the run then resumes from the one before it.',
  );
}

export function writeTrainerState(folder: string, state: TrainerState): Promise<void> {
  return writeJson(join(folder, 'trainer_state.json'), state);
}

/** @returns the checkpoint's folder */
export async function saveCheckpoint(
  run: string,
  engineState: TrainingState,
  trainer: TrainerState,
  modelFingerprint: string,
): Promise<string> {
  const folder = join(checkpointsFolder(run), `checkpoint-${engineState.step}`);
  const moments = new Map<string, Tensor>();
  for (const [name, tensor] of engineState.firstMoments) moments.set(MOMENTS.first + name, tensor);
  for (const [name, tensor] of engineState.secondMoments) moments.set(MOMENTS.second + name, tensor);
  await replaceFolder(folder, async (unfinished) => {
    const metadata = { format: 'pt', model_fingerprint: modelFingerprint };
    await writeSafetensors(join(unfinished, 'model.safetensors'), engineState.weights, metadata);
    await writeSafetensors(join(unfinished, 'optimizer.safetensors'), moments);
    await writeTrainerState(unfinished, trainer);
    await writeManifest(unfinished);
  });
  return folder;
}

/**
 * Removes all but the newest `limit` of the checkpoints up to `step`: later ones are damaged, and were passed over. The
 * best model lies in `best/`, apart from them, and is never touched.
 */
export async function pruneCheckpoints(run: string, limit: number, step: number): Promise<void> {
  const upToNow = (await checkpointSteps(run)).filter((one) => one <= step);
  for (const one of upToNow.slice(0, -limit)) {
    await rm(join(checkpointsFolder(run), `checkpoint-${one}`), { recursive: true, force: true });
  }
}

export interface FoundCheckpoint {
  readonly folder: string;
  readonly trainer: TrainerState;
}

/**
 * Looks for the newest checkpoint that is whole. What a killed process left half-done is cleared up.
 * @param objection what else speaks against going on from a state
 * @returns nothing to go on from where there is none; newer ones that were passed over, and why
 */
export async function findCheckpoint(
  run: string,
  objection: (state: TrainerState) => string | undefined = () => undefined,
): Promise<{ found: FoundCheckpoint | undefined; passedOver: string[] }> {
  await settleReplacedFolders(checkpointsFolder(run));
  const passedOver: string[] = [];
  for (const step of (await checkpointSteps(run)).reverse()) {
    const folder = join(checkpointsFolder(run), `checkpoint-${step}`);
    let fault = await faultOf(folder);
    if (fault === undefined) {
      const trainer = await readTrainerState(folder);
      fault = objection(trainer);
      if (fault === undefined) return { found: { folder, trainer }, passedOver };
    }
    passedOver.push(`${folder} is passed over: ${fault}`);
  }
  return { found: undefined, passedOver };
}

/** @throws OtzyvError `run.model-changed` when the model that the run was begun with is another by now */
export async function loadCheckpoint(
  { folder, trainer }: FoundCheckpoint,
  modelFingerprint: string,
): Promise<TrainingState> {
  const { tensors: weights, metadata } = await readSafetensors(join(folder, 'model.safetensors'));
  if (metadata['model_fingerprint'] !== modelFingerprint) {
    throw new OtzyvError(
      'run.model-changed',
      `${folder} was made with other weights, another tokenizer or another config.json than the model has now`,
      'Put the model back as it was (a hub model: name its commit with --revision), or start a new run.',
    );
  }
  const { tensors: moments } = await readSafetensors(join(folder, 'optimizer.safetensors'));
  const part = (prefix: string) =>
    new Map(
      [...moments]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
    );
  return {
    step: trainer.global_step,
    weights,
    firstMoments: part(MOMENTS.first),
    secondMoments: part(MOMENTS.second),
  };
}

/** In the order of their numbers, not of their names: 9 comes before 10. */
async function checkpointSteps(run: string): Promise<number[]> {
  const names = await readdir(checkpointsFolder(run)).catch(() => []);
  return names
    .flatMap((name) => /^checkpoint-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}
