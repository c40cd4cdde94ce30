/** otzyv augment: more rows of rare classes, made from those that there are. */
import { PERTURBATIONS, type Perturbation } from '@otzyv/core';
import { Command, Option } from 'commander';
import { addDataFlags } from '../flags/data-flags.ts';
import { natural, number, required } from '../flags/values.ts';
import { describeAugmentation } from '../terminal/augment.ts';
import { createProgress } from '../terminal/progress.ts';

interface AugmentFlags {
  train?: string;
  output?: string;
  perClass?: number;
  perRow?: number;
  methods?: Perturbation[];
  seed?: number;
  textColumn?: string;
  labelColumn?: string;
  skipBadRows?: boolean;
  json?: boolean;
}

export const augmentCommand = addDataFlags(
  new Command('augment')
    .description('Add rows of rare classes: the reviews there are, with typos, fewer words, another order.')
    .option('--train <file>', 'labelled CSV, TSV or JSONL')
    .option('--output <file>', 'the file to make: all its rows, and those that are made')
    .option(
      '--per-class <n>',
      'rows that each class is to reach (default: those of the middle class)',
      natural,
    )
    .option('--per-row <n>', 'texts made of one row at most (default: 2)', natural)
    .addOption(
      new Option('--methods <names...>', 'how they are made (default: all in turn)').choices(PERTURBATIONS),
    )
    .option('--seed <n>', 'of the random choices (default: 42)', number)
    .option('--json', 'print what was made as JSON on stdout'),
)
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv augment --train train.csv --output train-more.csv
  $ otzyv augment --train train.csv --per-class 300 --methods typos --output train-more.csv
  $ otzyv train --train train-more.csv --output runs/more

Rows that are made have how in the column "synthetic", and of what in "synthetic_of". They are trained on, and never
measured on; those that were made of held-out reviews are left out. So the two numbers can be compared:
  $ otzyv compare runs/before runs/more`,
  )
  .action(async (flags: AugmentFlags) => {
    const trainFile = required(flags.train, '--train', 'the labelled file to add to');
    const output = required(flags.output, '--output', 'the file to make');
    const { augmentFile } = await import('@otzyv/trainer');
    const progress = createProgress();
    const summary = await augmentFile({
      ...{ trainFile, output, perClass: flags.perClass, perRow: flags.perRow },
      ...{ methods: flags.methods, seed: flags.seed },
      ...{ textColumn: flags.textColumn ?? 'text', labelColumn: flags.labelColumn ?? 'label' },
      skipBadRows: flags.skipBadRows === true,
      onBadRow: (message) => progress.say(`skipped: ${message}`),
    });
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ train: trainFile, output, ...summary })}\n`
        : `${describeAugmentation(summary, output)}\n`,
    );
  });
