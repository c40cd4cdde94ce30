/**
 * A run that is followed, as screens need it: what is told becomes one state after the other by the reducer that all share, and
 * listeners hear of it a few times a second at most, however much is told.
 */

import type { LoggedEvent } from '@otzyv/trainer';
import {
  INITIAL_RUN_STATE,
  type RunState,
  type RunStatus,
  reduceEvents,
  runStatus,
} from '@otzyv/trainer/run-state';
import { createPace } from './pace.ts';
import type { RunNews, RunSource } from './run-source.ts';

export interface WatchedRun {
  readonly id: string;
  readonly state: RunState;
  readonly status: RunStatus;
  /** all that had happened before it was opened is read */
  readonly isRead: boolean;
  /** the connection is broken, and tried again */
  readonly isBroken: boolean;
  /** why it cannot be followed any more */
  readonly error: unknown;
}

export interface RunFeed {
  readonly current: () => WatchedRun;
  /** @returns ends the listening; the last to leave ends the following */
  readonly subscribe: (listener: () => void) => () => void;
}

/** What is not of every step is told of at once. */
const AT_ONCE_MS = 50;

/** While a long log is read: that it is read is all there is to see. */
const READING_MS = 1000;

function isOfEveryStep(news: RunNews): boolean {
  return news.kind === 'event' && OF_EVERY_STEP.includes(news.event.type);
}

const OF_EVERY_STEP: readonly LoggedEvent['type'][] = ['step', 'resources', 'refit.step', 'linear.iteration'];

export function followFeed(source: RunSource, id: string): RunFeed {
  let [state, runningSince]: [RunState, string | null] = [INITIAL_RUN_STATE, null];
  let [isRead, isBroken, error]: [boolean, boolean, unknown] = [false, false, undefined];
  let shown: WatchedRun = snapshot();
  let [timer, dueAt]: [NodeJS.Timeout | undefined, number] = [undefined, 0];
  let following: AbortController | undefined;
  const nextWait = createPace();
  let stepsMs = READING_MS;
  const listeners = new Set<() => void>();

  function snapshot(): WatchedRun {
    return { id, state, status: runStatus(state, runningSince), isRead, isBroken, error };
  }
  const show = () => {
    timer = undefined;
    shown = snapshot();
    for (const listener of listeners) listener();
    stepsMs = nextWait();
  };
  const showWithin = (ms: number) => {
    if (timer !== undefined && dueAt <= performance.now() + ms) return;
    clearTimeout(timer);
    dueAt = performance.now() + ms;
    timer = setTimeout(show, ms);
  };

  const take = (news: readonly RunNews[]) => {
    let begin = 0;
    const takeEvents = (end: number) => {
      state = reduceEvents(
        news.slice(begin, end).flatMap((one) => (one.kind === 'event' ? one.event : [])),
        state,
      );
      begin = end + 1;
    };
    for (const [at, one] of news.entries()) {
      if (one.kind === 'event') continue;
      takeEvents(at);
      if (one.kind === 'reset') state = INITIAL_RUN_STATE;
      else if (one.kind === 'connection') isBroken = one.isBroken;
      else {
        runningSince = one.runningSince;
        if (one.kind === 'state') state = one.state;
        isRead = true;
      }
    }
    takeEvents(news.length);
  };

  const follow = async (signal: AbortSignal) => {
    [state, runningSince, isRead, isBroken, error] = [INITIAL_RUN_STATE, null, false, false, undefined];
    try {
      for await (const news of source.follow(id, signal)) {
        take(news);
        showWithin(isRead ? (news.every(isOfEveryStep) ? stepsMs : AT_ONCE_MS) : READING_MS);
      }
      isRead = true;
    } catch (fault) {
      if (signal.aborted) return;
      error = fault;
    }
    if (!signal.aborted) showWithin(AT_ONCE_MS);
  };

  return {
    current: () => shown,
    subscribe: (listener) => {
      listeners.add(listener);
      if (following === undefined) {
        following = new AbortController();
        void follow(following.signal);
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        following?.abort();
        following = undefined;
        clearTimeout(timer);
        timer = undefined;
      };
    },
  };
}
