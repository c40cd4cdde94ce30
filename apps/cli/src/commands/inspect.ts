/** otzyv inspect: a first look at a data set, before anything is trained on it. */
import { Command } from 'commander';
import { count } from '../terminal/format.ts';
import { describeLeakage, describeProfile } from '../terminal/profile.ts';
import { createProgress } from '../terminal/progress.ts';

interface InspectFlags {
  textColumn?: string;
  labelColumn?: string;
  against?: string;
  skipBadRows?: boolean;
  json?: boolean;
}

export const inspectCommand = new Command('inspect')
  .description('Look at a data set: classes, lengths, duplicates, contradictions, leakage.')
  .argument('<file>', 'CSV, TSV or JSONL')
  .option('--text-column <name>', 'column that holds the texts', 'text')
  .option(
    '--label-column <name>',
    'column that holds the labels; a file without it is looked at all the same',
    'label',
  )
  .option('--against <file>', 'a test file: which of its texts stand in the first file too?')
  .option('--skip-bad-rows', 'leave out rows that cannot be read, and say which')
  .option('--json', 'print the profile as JSON on stdout')
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv inspect train.csv
  $ otzyv inspect train.csv --against test.csv`,
  )
  .action(async (file: string, flags: InspectFlags) => {
    const { inspectFile } = await import('@otzyv/trainer');
    const progress = createProgress();
    const result = await inspectFile({
      file,
      textColumn: flags.textColumn ?? 'text',
      labelColumn: flags.labelColumn ?? 'label',
      ...(flags.against !== undefined && { against: flags.against }),
      skipBadRows: flags.skipBadRows === true,
      onBadRow: (message) => progress.say(`skipped: ${message}`),
      onProgress: (rows) => progress.update('reading', undefined, `${count(rows)} rows`),
    });
    progress.clear();
    if (flags.json) {
      process.stdout.write(`${JSON.stringify(result)}\n`);
      return;
    }
    process.stdout.write(`${describeProfile(file, result.profile)}\n`);
    if (result.leakage !== undefined) {
      process.stdout.write(`\n${describeLeakage(file, flags.against ?? '', result.leakage)}\n`);
    }
  });
