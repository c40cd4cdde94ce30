/** Several tasks at once. The first that fails stops the others, in good order, and none begins after it. */

/**
 * @param work is given a signal that is aborted when the whole is, or when another task failed
 * @returns the results of the tasks that were begun, in their order; fewer than items where the signal was aborted
 * @throws what the first failing task throws, once all others have ended
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  { jobs, signal }: { jobs: number; signal?: AbortSignal | undefined },
  work: (item: Item, stop: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const failure = new AbortController();
  const stop = AbortSignal.any([failure.signal, ...(signal ? [signal] : [])]);
  const results: Result[] = [];
  const errors: unknown[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length && !stop.aborted) {
      const at = next++;
      try {
        results[at] = await work(items[at] as Item, stop);
      } catch (error) {
        errors.push(error);
        failure.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, lane));
  if (errors.length > 0) throw errors[0];
  return results;
}
