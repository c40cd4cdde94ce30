/** What changes on the server, asked for again and again while the page is seen. */
import { useEffect, useState } from 'preact/hooks';

export interface Repeated<T> {
  /** what was last answered */
  readonly found: T | undefined;
  /** why the last time it was not */
  readonly error: unknown;
  /** Asks at once. */
  again(): void;
}

/** @param ask when it is another one, what was found is forgotten */
export function useRepeated<T>(ask: () => Promise<T>, everyMs: number): Repeated<T> {
  const [{ found, error }, setAnswer] = useState<{ found: T | undefined; error: unknown }>({
    found: undefined,
    error: undefined,
  });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      if (document.visibilityState === 'visible') {
        await ask().then(
          (answer) => !isOver && setAnswer({ found: answer, error: undefined }),
          (refused: unknown) => !isOver && setAnswer((before) => ({ ...before, error: refused })),
        );
      }
      if (!isOver) timer = setTimeout(look, everyMs);
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [ask, everyMs, turn]);
  return { found, error, again: () => setTurn((n) => n + 1) };
}
