/** Time that passes only by waiting, at once: for work that waits for one thing at a time. */
import type { Clock } from '../asking/clock.ts';

export interface VirtualClock extends Clock {
  /** What was waited for, in milliseconds. */
  readonly waits: number[];
}

export function virtualClock(): VirtualClock {
  let now = 0;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    wait: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      waits.push(milliseconds);
      now += milliseconds;
    },
  };
}
