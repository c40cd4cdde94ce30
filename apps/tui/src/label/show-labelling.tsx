/** The labelling screen on a terminal, which is given back whatever happens; what was said is saved by then. */
import type { Labelling, WordWeight } from '@otzyv/trainer';
import { render } from 'ink';
import { capabilitiesOf } from '../terminal/capabilities.ts';
import { Screen } from '../terminal/screen.ts';
import { themeOf } from '../terminal/theme.ts';
import { LabelApp } from './label-app.tsx';

/** A person is waiting for the next review: 25 pictures a second. */
const FRAME_MS = 40;

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

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
  const { stdin, stdout } = process;
  const capabilities = capabilitiesOf(process.env, stdout.getColorDepth());
  const theme = themeOf({ ...capabilities, hasUnicode: capabilities.hasUnicode && !isAscii });
  const screen = new Screen(stdout, { ...capabilities, frameMs: FRAME_MS });
  const giveBack = () => {
    screen.leave();
    if (stdin.isTTY) stdin.setRawMode(false);
  };
  process.once('exit', giveBack);
  const failed = (error: unknown) => {
    giveBack(); // before anything is said
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  };
  process.on('uncaughtException', failed);
  const app = render(
    <LabelApp
      {...{ file, output, theme, explain }}
      session={labelling.session}
      onAct={(action) => labelling.act(action)}
      onKey={() => screen.expectAnswer()}
    />,
    {
      ...{ stdout: screen as unknown as NodeJS.WriteStream, debug: true },
      ...{ stdin, exitOnCtrlC: false, patchConsole: false },
    },
  );
  let code = 0;
  const leave = (with_: number) => {
    code = with_;
    app.unmount();
  };
  // they stay: a terminal that goes away says so more than once, and must not interrupt what is written then
  for (const [signal, of] of Object.entries(EXIT_CODES)) process.on(signal, () => leave(of));
  stdout.on('error', () => leave(EXIT_CODES.SIGHUP)); // the terminal is gone
  try {
    await app.waitUntilExit();
    return code;
  } finally {
    giveBack();
    process.off('exit', giveBack);
    process.off('uncaughtException', failed);
  }
}
