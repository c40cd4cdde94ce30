/**
 * How an error looks to a person, in three lines, and to a script, as an exit code.
 */
import { exitCodeOf as exitCodeOfFault, OtzyvError } from '@otzyv/core';
import { CommanderError } from 'commander';
import { canonicalOption } from './arguments.ts';
import { colors } from './terminal/colors.ts';

export const EXIT_CODES = '0 done, 1 failed, 2 usage or bad data, 130 interrupted (what can be is saved)';

export function exitCodeOf(error: unknown): 1 | 2 {
  return error instanceof CommanderError ? 2 : exitCodeOfFault(error);
}

/** What went wrong, what to do, and the code to search for; a fault of ours comes with its stack. */
export function printError(error: unknown): void {
  const [message, hint, code] = errorLines(error);
  process.stderr.write(
    `${colors.red('error')} ${message}\n${colors.cyan(' help')} ${hint}\n${colors.dim(` code ${code}`)}\n`,
  );
}

function errorLines(error: unknown): [message: string, hint: string, code: string] {
  if (error instanceof OtzyvError) return [oneLine(asTyped(error)), oneLine(error.hint), error.code];
  if (error instanceof CommanderError) {
    const [message = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n');
    return [
      message,
      suggestion.join(' ') || 'Add --help to the command to see its options.',
      'options.usage',
    ];
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [stack, 'This is a fault of Otzyv: please report it with the lines above.', 'internal.fault'];
}

/** Options are named in messages as the library knows them: `batchSize` was typed as `--batch-size`. */
function asTyped({ code, message }: OtzyvError): string {
  if (code !== 'options.invalid') return message;
  return message.replace(/^option ([A-Za-z]+)/, (_, name: string) => `--${canonicalOption(name)}`);
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
