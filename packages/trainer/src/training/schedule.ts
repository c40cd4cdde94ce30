/**
 * The learning rate of each step, as transformers' schedulers give it.
 */
import type { RunOptions } from './options.ts';

/** @param steps of the whole run @returns whole steps: a number below 1 is a share of the run */
export function warmupStepCount(warmupSteps: number, steps: number): number {
  return warmupSteps < 1 ? Math.ceil(warmupSteps * steps) : Math.floor(warmupSteps);
}

/** What weight decay alone makes of a weight in so many steps: Π (1 − learning rate · weight decay). */
export function decayAfter(
  steps: number,
  totalSteps: number,
  options: Pick<RunOptions, 'learningRate' | 'schedule' | 'warmupSteps' | 'weightDecay'>,
): number {
  let decay = 1;
  for (let step = 0; step < steps; step++) {
    decay *= 1 - learningRateAt(step, totalSteps, options) * options.weightDecay;
  }
  return decay;
}

/**
 * @param step updates made before this one: 0 for the first
 * @param totalSteps of the whole run
 */
export function learningRateAt(
  step: number,
  totalSteps: number,
  { learningRate, schedule, warmupSteps }: Pick<RunOptions, 'learningRate' | 'schedule' | 'warmupSteps'>,
): number {
  if (schedule === 'constant') return learningRate; // without warm-up, as there
  const warmup = warmupStepCount(warmupSteps, totalSteps);
  if (step < warmup) return (learningRate * step) / Math.max(1, warmup);
  const progress = (step - warmup) / Math.max(1, totalSteps - warmup);
  switch (schedule) {
    case 'constant_with_warmup':
      return learningRate;
    case 'linear':
      return learningRate * Math.max(0, 1 - progress);
    case 'cosine':
      return learningRate * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
  }
}
