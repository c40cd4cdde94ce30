/**
 * Places for streams, which stay open for hours. When all are taken, whoever comes with fewer than another gets the oldest of the one
 * that has most: no client's burst keeps the others out, and alone a client may have all.
 */
import { TryLater } from '../try-later.ts';

export interface StreamPlace {
  /** Aborted when the place is given to another client. */
  readonly taken: AbortSignal;
  /** May be called again. */
  giveBack(): void;
}

/** @param onChange is told how many are taken */
export function streamPlaces(places: number, onChange: (taken: number) => void) {
  const byClient = new Map<string, Set<AbortController>>(); // the oldest first
  let taken = 0;

  const giveBack = (client: string, place: AbortController) => {
    const own = byClient.get(client);
    if (own?.delete(place) !== true) return;
    if (own.size === 0) byClient.delete(client);
    onChange(--taken);
  };

  const makeRoom = (newcomer: string) => {
    const [client, held] = [...byClient].reduce((a, b) => (b[1].size > a[1].size ? b : a));
    const [oldest] = held;
    if (oldest === undefined || held.size <= (byClient.get(newcomer)?.size ?? 0) + 1)
      throw new TryLater('system.overloaded', 'as many streams are open as are allowed', 10);
    giveBack(client, oldest);
    oldest.abort();
  };

  return {
    /** @throws TryLater `system.overloaded` */
    take: (client: string): StreamPlace => {
      if (taken >= places) makeRoom(client);
      const place = new AbortController();
      byClient.set(client, (byClient.get(client) ?? new Set()).add(place));
      onChange(++taken);
      return { taken: place.signal, giveBack: () => giveBack(client, place) };
    },
  };
}
