/** Waiting for what must come: the only limit is the test's own, which no busy machine reaches. */
import { setTimeout as sleep } from 'node:timers/promises';

export async function until(isMet: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isMet())) await sleep(5);
}
