/**
 * Work in a run's folder that tells of itself and is steered: every event goes to `events.jsonl`, with readings of what it
 * takes; its time is that of all processes that were at it, without pauses; and its end is told of where it is not the one
 * that was hoped for.
 */
import { OtzyvError } from '@otzyv/core';
import { openSteering, type Steering } from '../control/steering.ts';
import { elapsedBefore, logEvents } from './event-log.ts';
import type { Listener } from './events.ts';
import { withResources } from './resources.ts';
import { lockToken } from './run-lock.ts';
import type { RunContext } from './trainer.ts';

export interface RecordOptions {
  readonly folder: string;
  readonly context: RunContext;
  readonly isResumed: boolean;
  /** Whether it goes by steps that it can be held between. */
  readonly hasSteps: boolean;
}

export interface Recording {
  /** That of the caller, with what is listened to written down, and the signal that steers it. */
  readonly context: RunContext;
  readonly steering: Steering;
  /** since this process took it up */
  sinceBegunMs(): number;
  /** of all processes */
  elapsedMs(): number;
}

export type Interrupted = { readonly status: 'interrupted'; readonly step: number };

/** @param work returns `interrupted` when it was, and has saved what it could */
export async function recorded<Outcome>(
  { folder, context, isResumed, hasSteps }: RecordOptions,
  work: (recording: Recording) => Promise<Outcome | 'interrupted'>,
): Promise<Outcome | Interrupted> {
  const earlierMs = isResumed ? await elapsedBefore(folder) : 0;
  let step = 0;
  const resources = withResources(logEvents(folder, context.listen));
  const listen: Listener = (event) => {
    if (event.type === 'step' || event.type === 'run.resumed') step = event.step;
    resources.listen(event);
  };
  const token = (await lockToken(folder)) ?? '';
  const steering = openSteering({ folder, token, listen, signal: context.signal, hasSteps });
  const { signal } = steering;
  const begun = steering.now();
  const sinceBegunMs = () => steering.now() - begun;
  const elapsedMs = () => earlierMs + sinceBegunMs();
  const interrupted = (): Interrupted => {
    listen({ type: 'run.interrupted', step, folder, elapsedMs: elapsedMs() });
    return { status: 'interrupted', step };
  };
  try {
    const outcome = await work({
      context: { ...context, listen, signal },
      steering,
      sinceBegunMs,
      elapsedMs,
    });
    return outcome === 'interrupted' ? interrupted() : outcome;
  } catch (error) {
    // downloads and measurements have their own way to say so
    if (signal.aborted && error === signal.reason) return interrupted();
    tellOfFailure(listen, error);
    throw error;
  } finally {
    steering.close();
    resources.close();
  }
}

/** The log may be what failed (a full disk): the first fault is the one to report. */
function tellOfFailure(listen: Listener, error: unknown): void {
  const code = error instanceof OtzyvError ? error.code : 'internal.fault';
  const message = error instanceof Error ? error.message : String(error);
  try {
    listen({ type: 'run.failed', code, message });
  } catch {
    return;
  }
}
