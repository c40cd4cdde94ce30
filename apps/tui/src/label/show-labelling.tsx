/** The labelling screen on a terminal, which is given back whatever happens; what was said is saved by then. */
import type { Labelling, WordWeight } from '@otzyv/trainer';
import { render } from 'ink';
import { holdTerminal, SIGNAL_EXIT_CODES } from '../terminal/hold-terminal.ts';
import { LabelApp } from './label-app.tsx';

/** A person is waiting for the next review: 25 pictures a second. */
const FRAME_MS = 40;

export interface ShowOptions {
  readonly file: string;
  readonly output: string;
  /** without Unicode, whatever the terminal says of itself */
  readonly isAscii: boolean;
  readonly explain?:
    | ((text: string, label: string, signal: AbortSignal) => Promise<readonly WordWeight[]>)
    | undefined;
}

/** @returns the exit code, when it was left: by a key, by a signal, or as the terminal went away. @throws what could not be saved */
export async function showLabelling(
  labelling: Labelling,
  { file, output, isAscii, explain }: ShowOptions,
): Promise<number> {
  const { theme, screen, inkOptions, release } = holdTerminal({ isAscii, frameMs: FRAME_MS });
  const app = render(
    <LabelApp
      {...{ file, output, theme, explain }}
      session={labelling.session}
      onAct={(action) => labelling.act(action)}
      onKey={() => screen.expectAnswer()}
    />,
    inkOptions,
  );
  let code = 0;
  const leave = (with_: number) => {
    code = with_;
    app.unmount();
  };
  // they stay: a terminal that goes away says so more than once, and must not interrupt what is written then
  for (const [signal, of] of Object.entries(SIGNAL_EXIT_CODES)) process.on(signal, () => leave(of));
  process.stdout.on('error', () => leave(SIGNAL_EXIT_CODES.SIGHUP)); // the terminal is gone
  try {
    await app.waitUntilExit();
    return code;
  } finally {
    release();
  }
}
