/**
 * @param work is given the signal, and throws its reason when it gives up
 * @returns undefined where it was given up because of the signal
 */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T | undefined> {
  return work(signal).catch((error: unknown) => {
    if (signal?.aborted && error === signal.reason) return undefined;
    throw error;
  });
}
