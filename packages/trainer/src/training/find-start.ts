/** Where a run goes on. */
import { bestFolder } from './best-model.ts';
import { type FoundCheckpoint, findCheckpoint, type TrainerState } from './checkpoint.ts';
import type { Listener } from './events.ts';

export interface FoundStart {
  /** undefined: it begins anew */
  readonly found: FoundCheckpoint | undefined;
  /** whether the best model has to be made again, of that checkpoint */
  readonly isBestLost: boolean;
}

/**
 * The newest checkpoint that is whole, and whose best model is at hand. A best model that is lost is at hand where the
 * checkpoint is of that very step; else an earlier checkpoint leads to it again.
 * @param faultOfBest what is wrong with the best model that lies there
 */
export async function findStart(
  run: string,
  faultOfBest: string | undefined,
  listen: Listener,
): Promise<FoundStart> {
  const isBestLost = (state: TrainerState) => faultOfBest !== undefined && state.best_global_step !== null;
  const { found, passedOver } = await findCheckpoint(run, (state) =>
    isBestLost(state) && state.best_global_step !== state.global_step
      ? `the best model, of step ${state.best_global_step}, is lost`
      : undefined,
  );
  listen({ type: 'run.resumed', step: found?.trainer.global_step ?? 0 });
  for (const message of passedOver) listen({ type: 'warning', message });
  const isLost = found !== undefined ? isBestLost(found.trainer) : passedOver.length > 0;
  if (isLost && faultOfBest !== undefined) {
    listen({ type: 'warning', message: `${bestFolder(run)} is made again: ${faultOfBest}` });
  }
  if (found === undefined && passedOver.length > 0) {
    listen({ type: 'warning', message: 'no checkpoint is left to go on from: the run begins anew' });
  }
  return { found, isBestLost: isLost };
}
