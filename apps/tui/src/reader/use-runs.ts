/** What a source tells, for components: the list while it is looked at, and runs while they are. */
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { followFeed, type RunFeed, type WatchedRun } from './run-feed.ts';
import type { RunSource, RunSummary } from './run-source.ts';

/** Between two looks at the list. */
const LIST_MS = 2000;

export interface ListedRuns {
  /** undefined until it was read */
  readonly runs: readonly RunSummary[] | undefined;
  /** of the last look */
  readonly error: unknown;
}

export function useRunList(source: RunSource, isLooking: boolean): ListedRuns {
  const [listed, setListed] = useState<ListedRuns>({ runs: undefined, error: undefined });
  useEffect(() => {
    if (!isLooking) return;
    let [isOver, timer]: [boolean, NodeJS.Timeout | undefined] = [false, undefined];
    const look = async () => {
      try {
        const runs = await source.list();
        if (!isOver) setListed({ runs, error: undefined });
      } catch (error) {
        if (!isOver) setListed((before) => ({ ...before, error }));
      }
      if (!isOver) timer = setTimeout(look, LIST_MS);
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [source, isLooking]);
  return listed;
}

/** @returns one for each id, in their order */
export function useWatchedRuns(source: RunSource, ids: readonly string[]): readonly WatchedRun[] {
  const key = JSON.stringify(ids);
  const store = useMemo(
    () => together((JSON.parse(key) as string[]).map((id) => followFeed(source, id))),
    [source, key],
  );
  return useSyncExternalStore(store.subscribe, store.current);
}

function together(feeds: readonly RunFeed[]) {
  let shown = feeds.map((feed) => feed.current());
  return {
    current: () => shown,
    subscribe: (listener: () => void) => {
      const tell = () => {
        shown = feeds.map((feed) => feed.current());
        listener();
      };
      const ends = feeds.map((feed) => feed.subscribe(tell));
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

/** The time, for what is told as so long ago; told anew by the minute. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** The value as it was last drawn with, for handlers that are called later. */
export function useLatest<T>(value: T) {
  const latest = useRef(value);
  latest.current = value;
  return latest;
}
