/** Time as it passes; tests have one of their own. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Clock {
  /** milliseconds from some beginning */
  now(): number;
  /** @throws the signal's reason when aborted */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: () => performance.now(),
  wait: (milliseconds, signal) =>
    sleep(milliseconds, undefined, { ...(signal && { signal }) }).catch(() => {
      throw signal?.reason;
    }),
};
