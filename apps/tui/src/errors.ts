/** How an error looks to a person, in three lines, and to a script, as an exit code: as of `otzyv`. */
import { exitCodeOf as exitCodeOfFault, OtzyvError } from '@otzyv/core';
import { CommanderError } from 'commander';

export function printError(error: unknown): void {
  const [message, hint, code] = errorLines(error);
  process.stderr.write(`error ${message}\n help ${hint}\n code ${code}\n`);
}

export function exitCodeOf(error: unknown): 1 | 2 {
  return error instanceof CommanderError ? 2 : exitCodeOfFault(error);
}

function errorLines(error: unknown): [message: string, hint: string, code: string] {
  if (error instanceof OtzyvError) return [error.message, error.hint, error.code];
  if (error instanceof CommanderError)
    return [error.message.replace(/^error: /, ''), 'See otzyv-tui --help.', 'options.usage'];
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [stack, 'This is a fault of Otzyv: please report it with the lines above.', 'internal.fault'];
}
