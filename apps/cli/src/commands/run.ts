/** otzyv run: the whole notebook in one command, for one or several models and losses. */
import { Command } from 'commander';
import { mergeConfig } from '../flags/config-file.ts';
import { addTrainingFlags } from '../flags/training-flags.ts';
import { positive } from '../flags/values.ts';
import { type JobFlags, runJob } from '../job.ts';
import { sameCommandWithResume } from '../resumption.ts';

export const runCommand: Command = addTrainingFlags(
  new Command('run')
    .description('Train, compare, keep the best by weighted F1, and predict a test file, timed.')
    .option('--train <file>', 'labelled CSV, TSV or JSONL')
    .option('--test <file>', 'file to predict')
    .option('--model <names>', 'one or several, separated by commas (default: linear)')
    .option('--output <folder>', 'where everything goes')
    .option('--resume', 'go on where the same command was interrupted')
    .option('--max-latency <seconds>', 'the mean time per text that is still good (default: 5)', positive),
)
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv run --train train.csv --test test.csv --output runs/first
  $ otzyv run --train train.csv --test test.csv --model linear,micro --output runs/both
  $ otzyv run --train train.csv --test test.csv --model cointegrated/rubert-tiny2 \\
      --loss weighted-cross-entropy,focal --output runs/losses

  $ otzyv run --config run.yaml --output runs/second

In run.yaml: train, test, model: [linear, micro], epochs: 4, … by the names of these options or
of transformers' TrainingArguments; runs/first/run.json of an earlier run is such a file, too; it knows no test file.

Several models or losses train one after the other, each in a folder of its own under the
output, and are compared; the best predicts the test file to test_pred.csv.
A run's folder: best/ (the model), checkpoints/, report.html, events.jsonl, run.json,
eval_results.json, trainer_state.json, validation_pred.csv.`,
  )
  .action(async (typed: JobFlags) => {
    await runJob(await mergeConfig(typed, runCommand), sameCommandWithResume(), typed);
  });
