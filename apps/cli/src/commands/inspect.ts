/** otzyv inspect: a first look at a data set, before anything is trained on it. */
import { basename } from 'node:path';
import { Command } from 'commander';
import { INTERRUPTED } from '../interrupt.ts';
import { colors } from '../terminal/colors.ts';
import { describeInspection, describeLeakage } from '../terminal/profile.ts';
import { createProgress, type Progress, progressOfRows } from '../terminal/progress.ts';

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
  $ otzyv inspect train.csv --against test.csv

Files of millions of rows stream by; what is then not of the whole file says so.`,
  )
  .action(async (file: string, flags: InspectFlags) => {
    const { inspectFile } = await import('@otzyv/trainer');
    const { textColumn = 'text', labelColumn = 'label', against } = flags;
    const progress = createProgress();
    const stopListening = stopAtOnce(progress);
    try {
      progress.update(`opening ${basename(file)}`, undefined, '');
      const result = await inspectFile({
        ...{ file, textColumn, labelColumn },
        ...(against !== undefined && { against }),
        skipBadRows: flags.skipBadRows === true,
        onBadRow: (message) => progress.say(`skipped: ${message}`),
        onProgress: (rows, share, which) =>
          progressOfRows(progress, `reading ${basename(which)}`)(rows, share),
      });
      progress.clear();
      if (flags.json) {
        process.stdout.write(`${JSON.stringify(result)}\n`);
        return;
      }
      process.stdout.write(`${describeInspection(file, labelColumn, result)}\n`);
      if (result.leakage !== undefined) {
        process.stdout.write(`\n${describeLeakage(file, against ?? '', result.leakage)}\n`);
      }
    } finally {
      progress.clear();
      stopListening();
    }
  });

/** Nothing is written, so there is nothing to finish first. */
function stopAtOnce(progress: Progress): () => void {
  const stop = (signal: NodeJS.Signals) => {
    progress.say(`${colors.yellow('interrupted:')} inspect only reads, so nothing is lost`);
    process.exit(INTERRUPTED[signal as keyof typeof INTERRUPTED]);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return () => process.off('SIGINT', stop).off('SIGTERM', stop);
}
