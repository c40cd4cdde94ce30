/**
 * A training, followed: first where it stands, then each of its events. A connection that breaks is taken up again after the
 * last event that came, so the state is never guessed.
 */
import { INITIAL_RUN_STATE, parseEvent, type RunState, reduceRun } from '@otzyv/trainer/run-state';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { useEffect, useState } from 'preact/hooks';
import { answered, Refusal, refusalOf, type Session } from './server.ts';

export interface FollowedRun {
  readonly state: RunState;
  /** see `runStatus` */
  readonly runningSince: string | null;
  /** the connection is broken, and tried again */
  readonly isBroken: boolean;
}

/** @returns undefined for both until something is known */
export function useRun(session: Session, id: string): { run?: FollowedRun; error?: unknown } {
  const [shown, setShown] = useState<{ run?: FollowedRun; error?: unknown }>({});
  useEffect(() => {
    const gone = new AbortController();
    let latest: FollowedRun | undefined;
    // many events may come before the next picture is drawn
    const draw = () => {
      if (latest !== undefined && !gone.signal.aborted) setShown({ run: latest });
    };
    const tell = (run: FollowedRun) => {
      if (latest === undefined) setShown({ run });
      else requestAnimationFrame(draw);
      latest = run;
    };
    follow(session, id, gone.signal, tell).catch((error: unknown) => {
      if (!gone.signal.aborted) setShown((before) => ({ ...before, error }));
    });
    return () => gone.abort();
  }, [session, id]);
  return shown;
}

async function follow(
  session: Session,
  id: string,
  signal: AbortSignal,
  tell: (run: FollowedRun) => void,
): Promise<void> {
  const param = { id: encodeURIComponent(id) };
  const details = await answered(session.api.v1.runs[':id'].$get({ param }, { init: { signal } }));
  // options went through JSON: their type, but not they, have changed
  const state = details.state as RunState;
  let run: FollowedRun = { state, runningSince: details.running_since, isBroken: false };
  let lastId = details.last_event_id;
  const change = (changes: Partial<FollowedRun>) => {
    run = { ...run, ...changes };
    tell(run);
  };
  change({});
  for (let failures = 0; !signal.aborted; ) {
    try {
      const headers: Record<string, string> = lastId === null ? {} : { 'last-event-id': lastId };
      const response = await session.fetch(`/v1/runs/${param.id}/events`, { headers, signal });
      if (response.status === 204) return;
      if (!response.ok || response.body === null) throw await refusalOf(response);
      if (run.isBroken) change({ isBroken: false });
      failures = 0;
      for await (const { event: name, id: eventId, data } of messagesOf(response.body)) {
        lastId = eventId ?? lastId;
        if (name === 'reset') change({ state: INITIAL_RUN_STATE });
        else if (name === 'process') change(JSON.parse(data) as Pick<FollowedRun, 'runningSince'>);
        else if (name === undefined) change({ state: reduced(run.state, data) });
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refusal && error.status >= 400 && error.status < 500 && error.status !== 429)
        throw error;
      change({ isBroken: true });
    }
    await new Promise((go) => setTimeout(go, Math.min(10_000, 500 * 2 ** failures++)));
  }
}

function reduced(state: RunState, line: string): RunState {
  const event = parseEvent(line);
  return event === undefined ? state : reduceRun(state, event);
}

async function* messagesOf(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const reader = body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
