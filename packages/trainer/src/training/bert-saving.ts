/** What a BERT's training leaves in its folder on the way, whatever it is trained for, and takes from there to go on. */
import { join } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { writeJson } from '../files.ts';
import { writeSafetensors } from '../model/safetensors.ts';
import {
  FRESH_STATE,
  loadCheckpoint,
  pruneCheckpoints,
  saveCheckpoint,
  type TrainerState,
  writeTrainerState,
} from './checkpoint.ts';
import type { CompactStart } from './compact-embeddings.ts';
import type { Listener } from './events.ts';
import type { FoundStart } from './find-start.ts';

/** Where a training saves, and how many checkpoints it keeps. */
interface Saving {
  readonly output: string;
  readonly saveTotalLimit: number;
}

/**
 * The files of a model as the engine has it now.
 * @param decay of the rows that are not trained, by now
 */
export async function writeModel(
  folder: string,
  start: CompactStart,
  engine: Engine,
  decay: number,
): Promise<void> {
  const weights = start.whole((await engine.state()).weights, decay);
  await writeSafetensors(join(folder, 'model.safetensors'), weights);
  await writeJson(join(folder, 'config.json'), start.configJson);
  await start.writeTokenizer(folder);
}

/**
 * Brings the engine to where training goes on.
 * @param found undefined for a training that is begun
 * @param makeBest saves the best model anew, where it is lost
 * @returns where the loop begins
 */
export async function takeUp(
  found: FoundStart | undefined,
  engine: Engine,
  { fingerprint }: Pick<CompactStart, 'fingerprint'>,
  makeBest: (state: TrainerState) => Promise<void>,
): Promise<TrainerState> {
  if (found?.found === undefined) return FRESH_STATE;
  engine.restore(await loadCheckpoint(found.found, fingerprint));
  if (found.isBestLost) await makeBest(found.found.trainer);
  return found.found.trainer;
}

/** @returns what saves a checkpoint of the engine, and tells of it */
export function checkpointsOf(
  engine: Engine,
  { fingerprint }: Pick<CompactStart, 'fingerprint'>,
  saving: Saving,
  listen: Listener,
): (state: TrainerState) => Promise<void> {
  return async (state) => {
    const folder = await saveCheckpoint(saving.output, await engine.state(), state, fingerprint);
    await settleCheckpoints(saving, state);
    listen({ type: 'checkpoint', step: state.global_step, folder });
  };
}

/** What follows a checkpoint: a killed process may have come to its last one, and not to this. */
export async function settleCheckpoints(
  { output, saveTotalLimit }: Saving,
  state: TrainerState,
): Promise<void> {
  await writeTrainerState(output, state);
  await pruneCheckpoints(output, saveTotalLimit, state.global_step);
}
