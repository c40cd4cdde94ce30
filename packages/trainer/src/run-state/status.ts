/** What can be said of a state: whether the run still goes, how far it is, how long it will take. */
import type { RunState } from './run-state.ts';
import { meanOf } from './smoothing.ts';

/** `killed`: its process is gone, and has not said that it would end. */
export type RunStatus = 'running' | 'finished' | 'interrupted' | 'failed' | 'killed';

/**
 * @param runningSince when the process took the run up that is at work on it now (its `run.lock` tells); null: none is
 */
export function runStatus({ end, updatedAt }: RunState, runningSince: string | null): RunStatus {
  // a process that says how it ended is there for a moment longer
  const isTakenUp = runningSince !== null && (end === null || isAfter(runningSince, updatedAt));
  if (end === null) return isTakenUp ? 'running' : 'killed';
  if (end.status !== 'interrupted' && end.status !== 'failed') return 'finished';
  return isTakenUp ? 'running' : end.status;
}

function isAfter(time: string, other: string | null): boolean {
  return other === null || Date.parse(time) > Date.parse(other);
}

/** @returns how much of its steps is done, 0 … 1; null where that is not known before its end */
export function shareDone({ step, totalSteps, end }: RunState): number | null {
  if (end !== null && end.status !== 'interrupted' && end.status !== 'failed') return 1;
  return totalSteps === null || totalSteps === 0 ? null : Math.min(1, step / totalSteps);
}

/** @returns milliseconds to its last step, the evaluations between included; null where nothing is known of its pace */
export function timeLeftMs({ step, totalSteps, epoch, pace, evaluationMs, end }: RunState): number | null {
  if (end !== null || totalSteps === null || step === 0 || pace.weight === 0) return null;
  const epochs = (epoch / step) * totalSteps;
  const evaluations = Math.ceil(epochs) - Math.floor(epoch);
  return (totalSteps - step) * meanOf(pace) + evaluations * (evaluationMs ?? 0);
}

/** @returns null before its first step */
export function examplesPerSecond({ examplesPerStep, pace }: RunState): number | null {
  const stepMs = meanOf(pace);
  return stepMs > 0 ? (meanOf(examplesPerStep) * 1000) / stepMs : null;
}
