/**
 * Ctrl-C: the first asks the work to finish its step and save, the second stops at once.
 */
import { colors } from './terminal/colors.ts';
import { createProgress, type Progress } from './terminal/progress.ts';

export const INTERRUPTED = { SIGINT: 130, SIGTERM: 143 } as const;

export interface Interruption {
  readonly signal: AbortSignal;
  /** The exit code that the signal asks for. */
  exitCode(): number;
}

type Work = (progress: Progress, interruption: Interruption) => Promise<void>;

/** Work that is done as a whole or not at all: whatever it throws once it was interrupted is but its way to stop. */
export function workOrNothing(work: Work, whatHappens = 'nothing is written'): Promise<void> {
  return interruptible(work, whatHappens, () => true);
}

/** Work that is saved when it is interrupted, so that it can be gone on with: where that fails, it is told. */
export function workOrSave(work: Work, whatHappens = 'finishing the step and saving'): Promise<void> {
  return interruptible(work, whatHappens, (error, signal) => error === signal.reason);
}

async function interruptible(
  work: Work,
  whatHappens: string,
  isItsWayToStop: (error: unknown, signal: AbortSignal) => boolean,
): Promise<void> {
  const progress = createProgress();
  const interruption = onInterrupt(whatHappens);
  try {
    await work(progress, interruption);
  } catch (error) {
    const { signal } = interruption;
    if (!signal.aborted || !isItsWayToStop(error, signal)) throw error;
    process.exitCode = interruption.exitCode();
  } finally {
    interruption.stopListening();
    progress.clear();
  }
}

function onInterrupt(whatHappens: string): Interruption & { stopListening(): void } {
  const controller = new AbortController();
  let received: keyof typeof INTERRUPTED = 'SIGINT';
  const handle = (signal: NodeJS.Signals) => {
    received = signal as keyof typeof INTERRUPTED;
    if (controller.signal.aborted) process.exit(INTERRUPTED[received]);
    process.stderr.write(
      `\n${colors.yellow('interrupted:')} ${whatHappens}; press Ctrl-C again to stop at once\n`,
    );
    controller.abort();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: controller.signal,
    exitCode: () => INTERRUPTED[received],
    stopListening: () => {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}
