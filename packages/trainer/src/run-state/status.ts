/** What can be said of a state: whether the run still goes, how far it is, how long it will take. */
import type { RunEnd, RunState } from './run-state.ts';
import { meanOf, type Smoothed } from './smoothing.ts';

/** `killed`: its process is gone, and has not said that it would end. */
export type RunStatus = 'running' | 'finished' | 'interrupted' | 'failed' | 'killed';

/**
 * @param runningSince when the process took the run up that is at work on it now (its `run.lock` tells); null: none is
 */
export function runStatus({ end, updatedAt }: RunState, runningSince: string | null): RunStatus {
  // a process that says how it ended is there for a moment longer
  const isTakenUp = runningSince !== null && (end === null || isAfter(runningSince, updatedAt));
  if (end === null) return isTakenUp ? 'running' : 'killed';
  if (isTakenUp && canGoOn(end)) return 'running';
  return end.status === 'interrupted' || end.status === 'failed' ? end.status : 'finished';
}

/** @returns whether more may be told of the run: one that was stopped after an epoch is finished, and can be gone on with */
export function canGoOn(end: RunEnd): boolean {
  return end.status === 'interrupted' || end.status === 'failed' || end.status === 'stopped';
}

function isAfter(time: string, other: string | null): boolean {
  return other === null || Date.parse(time) > Date.parse(other);
}

/** @returns how much of its steps is done, 0 … 1; null where that is not known before its end */
export function shareDone({ step, totalSteps, end }: RunState): number | null {
  if (end !== null && !canGoOn(end)) return 1;
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
  return perSecond(examplesPerStep, pace);
}

/** Without padding. @returns null where it is not known */
export function tokensPerSecond({ tokensPerStep, pace }: RunState): number | null {
  return perSecond(tokensPerStep, pace);
}

function perSecond(ofStep: Smoothed, pace: Smoothed): number | null {
  const stepMs = meanOf(pace);
  return stepMs > 0 && ofStep.weight > 0 ? (meanOf(ofStep) * 1000) / stepMs : null;
}
