/** Flags of every command that reads labelled reviews. */
import type { Command } from 'commander';

export function addDataFlags(command: Command): Command {
  return command
    .option('--text-column <name>', 'column that holds the texts (default: text)')
    .option('--label-column <name>', 'column that holds the labels (default: label)')
    .option('--skip-bad-rows', 'leave out rows that cannot be read, and say which');
}
