/** The monitor on a terminal: begun, followed to its end, and the terminal given back whatever happens. */
import { render } from 'ink';
import type { RunSource } from './reader/run-source.ts';
import { capabilitiesOf } from './terminal/capabilities.ts';
import { copying } from './terminal/clipboard.ts';
import { Screen } from './terminal/screen.ts';
import { themeOf } from './terminal/theme.ts';
import type { Looking } from './ui-state.ts';
import { App } from './views/app.tsx';

export interface MonitorOptions {
  /** without Unicode, whatever the terminal says of itself */
  readonly isAscii: boolean;
}

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** @returns when it was left */
export async function monitor(source: RunSource, start: Looking, { isAscii }: MonitorOptions): Promise<void> {
  const { stdin, stdout } = process;
  const capabilities = capabilitiesOf(process.env, stdout.getColorDepth());
  const theme = themeOf({ ...capabilities, hasUnicode: capabilities.hasUnicode && !isAscii });
  const screen = new Screen(stdout, capabilities);

  // also when Ink fails to, or is not asked
  const giveBack = () => {
    screen.leave();
    if (stdin.isTTY) stdin.setRawMode(false);
  };
  process.once('exit', giveBack);
  const failed = (error: unknown) => {
    giveBack();
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  };
  process.on('uncaughtException', failed);
  process.on('unhandledRejection', failed);
  for (const [signal, code] of Object.entries(EXIT_CODES))
    process.once(signal, () => {
      giveBack();
      process.exit(code);
    });
  // the terminal is gone: nobody is there to be told
  stdout.on('error', () => process.exit(EXIT_CODES.SIGHUP));

  const app = render(
    <App
      {...{ source, start, theme }}
      onCopy={(text) => screen.send(copying(text))}
      onKey={() => screen.expectAnswer()}
    />,
    {
      // whole pictures, written at once: what of them is drawn, and when, is for the screen to say
      ...{ stdout: screen as unknown as NodeJS.WriteStream, debug: true },
      ...{ stdin, exitOnCtrlC: false, patchConsole: false },
    },
  );
  try {
    await app.waitUntilExit();
  } finally {
    giveBack();
  }
}
