/**
 * A training that is begun from the monitor: the command line's own program, in a process that nothing the monitor or its terminal does
 * can end.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OtzyvError } from '@otzyv/core';
import { findRuns } from '@otzyv/trainer/runs';

export interface Launched {
  readonly pid: number;
  /** where its runs appear */
  readonly folder: string;
  /** what it says is written here */
  readonly outputFile: string;
  /** undefined while it goes on */
  exitCode(): number | undefined;
}

/** Commands that leave a run, or several. */
export const TRAINING_COMMANDS: readonly string[] = ['train', 'run', 'crossval', 'tune'];

/** @param args of `otzyv` @throws OtzyvError where they are not of a training, or name no folder */
export function launch(args: readonly string[]): Launched {
  const folder = folderOf(args);
  const outputFile = join(mkdtempSync(join(tmpdir(), 'otzyv-tui-')), 'output.txt');
  const output = openSync(outputFile, 'a');
  const child = spawn(process.execPath, [commandLineProgram(), ...args], {
    detached: true, // a session of its own: it outlives the terminal
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  child.unref();
  let exitCode: number | undefined;
  child.on('exit', (code) => {
    exitCode = code ?? 1;
  });
  child.on('error', () => {
    exitCode = 1;
  });
  return { pid: child.pid ?? 0, folder, outputFile, exitCode: () => exitCode };
}

/** Waits until there is a run to be watched. @throws OtzyvError with what it said, where it ended before that */
export async function untilBegun({ folder, outputFile, exitCode }: Launched): Promise<void> {
  for (;;) {
    if ((await findRuns(folder)).length > 0) return;
    const code = exitCode();
    if (code !== undefined) {
      const said = saidIn(outputFile) || `it ended with ${code}`;
      throw new OtzyvError(
        'run.not-begun',
        `the training did not begin:\n${said}`,
        'Mend the command, and try again.',
      );
    }
    await sleep(100);
  }
}

export function saidIn(outputFile: string): string {
  return readFileSync(outputFile, 'utf8').trim();
}

function folderOf(args: readonly string[]): string {
  const [command = ''] = args;
  if (!TRAINING_COMMANDS.includes(command))
    throw new OtzyvError(
      'options.usage',
      `"${command}" is no command that trains`,
      `After -- comes one of: ${TRAINING_COMMANDS.join(', ')}, with its flags.`,
    );
  const names =
    command === 'train'
      ? /^--(output|resume)([-_](dir|from[-_]checkpoint))?(?:=(.*))?$/s
      : /^--(output)([-_](dir))?(?:=(.*))?$/s;
  for (const [at, argument] of args.entries()) {
    const match = names.exec(argument);
    const folder = match && (match[4] ?? args[at + 1]);
    if (folder) return folder;
  }
  throw new OtzyvError(
    'options.usage',
    `otzyv ${command} is to be watched, but its folder is not named`,
    'Name it with --output FOLDER.',
  );
}

/** Nothing imports an app: it is a program, found by its name. */
function commandLineProgram(): string {
  const card = createRequire(import.meta.url).resolve('@otzyv/cli/package.json');
  const { bin } = JSON.parse(readFileSync(card, 'utf8')) as { bin: { otzyv: string } };
  return join(dirname(card), bin.otzyv);
}
