/** The monitor on a terminal: begun, and followed to its end. */
import { render } from 'ink';
import type { RunSource } from './reader/run-source.ts';
import { copying } from './terminal/clipboard.ts';
import { holdTerminal, SIGNAL_EXIT_CODES } from './terminal/hold-terminal.ts';
import type { Looking } from './ui-state.ts';
import { App } from './views/app.tsx';

/** Ten pictures a second. */
const FRAME_MS = 100;

export interface MonitorOptions {
  /** without Unicode, whatever the terminal says of itself */
  readonly isAscii: boolean;
}

/** @returns when it was left */
export async function monitor(source: RunSource, start: Looking, { isAscii }: MonitorOptions): Promise<void> {
  const { theme, screen, inkOptions, suspend, release } = holdTerminal({ isAscii, frameMs: FRAME_MS });
  for (const [signal, code] of Object.entries(SIGNAL_EXIT_CODES))
    process.once(signal, () => process.exit(code));
  // the terminal is gone: nobody is there to be told
  process.stdout.on('error', () => process.exit(SIGNAL_EXIT_CODES.SIGHUP));

  const app = render(
    <App
      {...{ source, start, theme }}
      onCopy={(text) => screen.send(copying(text))}
      onSuspend={suspend}
      onKey={() => screen.expectAnswer()}
    />,
    inkOptions,
  );
  try {
    await app.waitUntilExit();
  } finally {
    release();
  }
}
