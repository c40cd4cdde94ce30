/**
 * How often mere steps are shown: as often as a small share of one core allows, so that a monitor never takes from the training beside it
 * what it shows of it, however slow the machine and large the terminal.
 */

/** Of one core, for all that this process does. */
const SHARE = 0.035;

const [SHORTEST_MS, LONGEST_MS] = [1000, 3000];

/** @returns to be asked after each picture: how long to wait before the next @param usedMs time of the processor, so far */
export function createPace(usedMs: () => number = processorMs): () => number {
  let before = usedMs();
  return () => {
    const now = usedMs();
    const wait = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (now - before) / SHARE));
    before = now;
    return wait;
  };
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
