/** otzyv feedback: labels that people corrected, as a file to train on. */
import { Command } from 'commander';
import { addDataFlags } from '../flags/data-flags.ts';
import { required } from '../flags/values.ts';
import { describeFeedback } from '../terminal/feedback.ts';
import { createProgress } from '../terminal/progress.ts';

interface FeedbackFlags {
  store?: string;
  output?: string;
  train?: string;
  textColumn?: string;
  labelColumn?: string;
  skipBadRows?: boolean;
  json?: boolean;
}

export const feedbackCommand = addDataFlags(
  new Command('feedback')
    .description('Make a training file of the labels that people corrected over HTTP.')
    .option('--store <place>', 'where otzyv-api keeps them: a file, or the URL of a PostgreSQL')
    .option('--output <file>', 'the file to make: CSV, TSV or JSONL by its ending')
    .option(
      '--train <file>',
      'the file that was trained on: its rows, corrected, with the new ones after them',
    )
    .option('--json', 'print what was made as JSON on stdout'),
)
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv feedback --store feedback.db --train train.csv --output train-2.csv
  $ otzyv feedback --store postgres://otzyv@db.example/otzyv --output corrections.jsonl

Of one text the latest correction counts. The password of a PostgreSQL may come from PGPASSWORD or ~/.pgpass.
Measure the next model on rows that were not corrected by the help of the last one, too.`,
  )
  .action(async (flags: FeedbackFlags) => {
    const place = required(flags.store, '--store', 'where the corrections are kept');
    const output = required(flags.output, '--output', 'the file to make');
    const { openFeedbackStore, writeTrainingFile } = await import('@otzyv/feedback');
    const progress = createProgress();
    const store = await openFeedbackStore(place, { mustExist: true });
    try {
      const summary = await writeTrainingFile(store, {
        ...{ output, trainFile: flags.train, skipBadRows: flags.skipBadRows === true },
        textColumn: flags.textColumn ?? 'text',
        labelColumn: flags.labelColumn ?? 'label',
        onBadRow: (message) => progress.say(`skipped: ${message}`),
      });
      process.stdout.write(
        flags.json
          ? `${JSON.stringify({ output, ...(flags.train !== undefined && { train: flags.train }), ...summary })}\n`
          : `${describeFeedback(summary, output, flags.train)}\n`,
      );
    } finally {
      await store.close();
    }
  });
