/** Flags of every command that reads labelled reviews. */
import type { LabelledFile } from '@otzyv/trainer';
import type { Command } from 'commander';

export interface DataFlags {
  textColumn?: string;
  labelColumn?: string;
  skipBadRows?: boolean;
}

export function addDataFlags(command: Command): Command {
  return command
    .option('--text-column <name>', 'column that holds the texts (default: text)')
    .option('--label-column <name>', 'column that holds the labels (default: label)')
    .option('--skip-bad-rows', 'leave out rows that cannot be read, and say which');
}

/** @param onBadRow told of each row that is left out */
export function labelledFile(
  file: string,
  { textColumn = 'text', labelColumn = 'label', skipBadRows = false }: DataFlags,
  onBadRow: (message: string) => void = () => undefined,
): LabelledFile {
  return { file, textColumn, labelColumn, skipBadRows, onBadRow };
}
