/** The terminal while a screen is drawn on it: given back as it was whatever happens, before anything is said of it. */
import type { RenderOptions } from 'ink';
import { capabilitiesOf } from './capabilities.ts';
import { Screen } from './screen.ts';
import { type Theme, themeOf } from './theme.ts';

/** With which a program ends that a signal ended, as shells tell. */
export const SIGNAL_EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** By then a process that is to stop has stopped. */
const STOPPING_MS = 50;

export interface HoldOptions {
  /** without Unicode, whatever the terminal says of itself */
  readonly isAscii: boolean;
  /** between two pictures */
  readonly frameMs: number;
}

export interface HeldTerminal {
  readonly theme: Theme;
  readonly screen: Screen;
  /** with which Ink draws on that screen */
  readonly inkOptions: RenderOptions;
  /** Gives it back to the shell, until that says `fg`; where there is none, it is taken again at once. */
  suspend(): void;
  /** Gives it back. */
  release(): void;
}

export function holdTerminal({ isAscii, frameMs }: HoldOptions): HeldTerminal {
  const { stdin, stdout } = process;
  const capabilities = capabilitiesOf(process.env, stdout.getColorDepth());
  const screen = new Screen(stdout, { ...capabilities, frameMs });
  // also when Ink fails to, or is not asked
  const giveBack = () => {
    screen.leave();
    if (stdin.isTTY) stdin.setRawMode(false);
  };
  // however it was stopped, something else may stand on the terminal by now
  const takeAgain = () => {
    screen.leave();
    screen.enter();
    if (!stdin.isTTY) return;
    stdin.setRawMode(false); // as Node has it in mind: else it would not ask the terminal again
    stdin.setRawMode(true);
  };
  const suspend = () => {
    if (process.platform === 'win32') return; // knows of no such thing
    giveBack();
    process.kill(0, 'SIGTSTP'); // npx, too, that waits for it
    setTimeout(takeAgain, STOPPING_MS);
  };
  const failed = (error: unknown) => {
    giveBack();
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  };
  process.once('exit', giveBack);
  process.on('SIGCONT', takeAgain);
  process.on('uncaughtException', failed); // rejections that nobody handles, too
  return {
    theme: themeOf({ ...capabilities, hasUnicode: capabilities.hasUnicode && !isAscii }),
    screen,
    inkOptions: {
      // whole pictures, written at once: what of them is drawn, and when, is for the screen to say
      ...{ stdout: screen as unknown as NodeJS.WriteStream, debug: true },
      ...{ stdin, exitOnCtrlC: false, patchConsole: false },
    },
    suspend,
    release: () => {
      giveBack();
      process.off('SIGCONT', takeAgain);
      process.off('exit', giveBack);
      process.off('uncaughtException', failed);
    },
  };
}
