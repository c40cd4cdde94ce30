/**
 * A run, followed while it goes: what its log tells, whether a process is at work on it, and when the log is another. The log is
 * looked at a few times a second: file systems on other machines do not tell of changes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEvent } from '../run-state/index.ts';
import type { LoggedEvent } from '../training/events.ts';
import { runningSince } from '../training/run-lock.ts';
import { type LogPosition, readLogPart } from './read-log.ts';

export type RunChange =
  | { readonly kind: 'event'; readonly event: LoggedEvent; readonly position: LogPosition }
  /** The log is another, or was cut short: what was told so far does not count, and it is told from its beginning. */
  | { readonly kind: 'reset' }
  /** Told once the log was read to its end, and when it changes: see `runStatus`. */
  | { readonly kind: 'process'; readonly runningSince: string | null }
  /** There was nothing to tell for a while. */
  | { readonly kind: 'quiet' };

export interface FollowOptions {
  /** From where on; null: from the beginning. */
  readonly after?: LogPosition | null;
  /** Ends it, without an error. */
  readonly signal: AbortSignal;
  readonly pollMs?: number;
  /** How often it is looked whether the process lives. */
  readonly processMs?: number;
  readonly quietMs?: number;
}

/**
 * What each look at the run gave. It looks again only when more is asked for, so that a slow listener makes nothing pile up. It
 * ends after the event by which the run is finished for good: not by one that was stopped, which may be gone on with.
 */
export async function* followRun(
  folder: string,
  { after = null, signal, pollMs = 250, processMs = 2000, quietMs = 15_000 }: FollowOptions,
): AsyncGenerator<RunChange[], void> {
  let position = after;
  let [since, toldSince]: (string | null | undefined)[] = [];
  let isFinished = false;
  let [lookedAt, spokeAt] = [-Infinity, performance.now()];
  while (!signal.aborted) {
    const changes: RunChange[] = [];
    if (performance.now() - lookedAt >= processMs) {
      lookedAt = performance.now();
      since = await runningSince(folder);
    }
    const part = await readLogPart(folder, position);
    position = part.position;
    if (part.isOther) {
      isFinished = false;
      changes.push({ kind: 'reset' });
    }
    for (const line of part.lines) {
      const event = parseEvent(line.text);
      if (event === undefined) continue;
      changes.push({ kind: 'event', event, position: line.position });
      isFinished = event.type === 'run.finished' && event.status !== 'stopped';
    }
    // looked at before the log was read, told after it: of a process that is gone, everything was told
    if (part.isAtEnd && since !== undefined && since !== toldSince) {
      changes.push({ kind: 'process', runningSince: since });
      toldSince = since;
    }
    if (changes.length === 0 && performance.now() - spokeAt >= quietMs) changes.push({ kind: 'quiet' });
    if (changes.length > 0) {
      spokeAt = performance.now();
      yield changes;
    }
    if (!part.isAtEnd) continue;
    if (isFinished) return;
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}
