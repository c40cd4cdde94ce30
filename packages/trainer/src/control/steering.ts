/**
 * A run under way, steered: what is asked of it is heard a few times a second, and done between two steps. The clock of
 * a run stands still while it is paused.
 */
import type { Listener } from '../training/events.ts';
import { openCommandFile, type RunCommand } from './command-file.ts';

export interface Steering {
  /** Aborted: the run saves and ends at once. */
  readonly signal: AbortSignal;
  /** Whether it was asked to end with the epoch it is in. */
  isStopAsked(): boolean;
  /** Milliseconds of work, on a clock that stands still in a pause. */
  now(): number;
  /**
   * Does what was asked for, and comes back when there is a next step to make, or the signal is aborted.
   * @param step the last that was made
   * @param save a checkpoint of it
   */
  betweenSteps(step: number, save: () => Promise<void>): Promise<void>;
  close(): void;
}

export interface SteeringOptions {
  readonly folder: string;
  /** of the lock that is held on the folder */
  readonly token: string;
  readonly listen: Listener;
  /** Whoever else may stop the run. */
  readonly signal?: AbortSignal | undefined;
  /** Whether it goes by steps that it can be held between; if not, it can but be stopped. */
  readonly hasSteps: boolean;
}

const LOOK_MS = 250;

export function openSteering({ folder, token, listen, signal, hasSteps }: SteeringOptions): Steering {
  const file = openCommandFile(folder, token);
  const stopped = new AbortController();
  const either = AbortSignal.any([stopped.signal, ...(signal === undefined ? [] : [signal])]);
  const waiting: RunCommand[] = [];
  let isStopAsked = false;
  let pausedMs = 0;
  let heldSince: number | undefined;
  let wake = () => {};

  /** A log that cannot be written fails the run with its next event; here it would end the process without a word. */
  const tell: Listener = (event) => {
    try {
      listen(event);
    } catch {
      return;
    }
  };

  const take = (command: RunCommand) => {
    if (command === 'stop') {
      tell({ type: 'stop.requested', when: 'now' });
      stopped.abort();
    } else if (command === 'stop-after-epoch') {
      tell({ type: 'stop.requested', when: 'epoch' });
      isStopAsked = true;
    } else if (hasSteps) {
      waiting.push(command);
    } else {
      tell({ type: 'warning', message: `${command}: ${UNSTEERABLE}` });
    }
  };

  const look = () => {
    for (const heard of file.read()) {
      if ('command' in heard) take(heard.command);
      else tell({ type: 'warning', message: heard.fault });
    }
    if (waiting.length > 0) wake();
  };
  // a timer, so that a stop is heard wherever the run lets go; it also keeps the process while nothing else does
  const timer = setInterval(look, LOOK_MS);

  const untilAsked = async () => {
    const begun = performance.now();
    heldSince = begun;
    await new Promise<void>((resolve) => {
      wake = resolve;
      either.addEventListener('abort', () => resolve(), { once: true });
      if (either.aborted) resolve();
    });
    heldSince = undefined;
    pausedMs += performance.now() - begun;
  };

  return {
    signal: either,
    isStopAsked: () => isStopAsked,
    now: () => (heldSince ?? performance.now()) - pausedMs,
    betweenSteps: async (step, save) => {
      let isPaused = false;
      while (!either.aborted) {
        const command = waiting.shift();
        if (command === 'checkpoint') await save();
        if (command === 'pause' && !isPaused) {
          isPaused = true;
          listen({ type: 'run.paused', step });
        }
        if (command === 'resume' && isPaused) {
          isPaused = false;
          listen({ type: 'run.unpaused', step });
        }
        if (command !== undefined) continue;
        if (!isPaused) return;
        await untilAsked();
      }
    },
    close: () => {
      clearInterval(timer);
      file.remove();
    },
  };
}

const UNSTEERABLE =
  'a linear model is fitted in one piece, without pauses or checkpoints; it can be stopped, and is then begun anew';
