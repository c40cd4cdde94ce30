/** otzyv predict: labels for every row of a file, timed. */
import { Command } from 'commander';
import { fetching } from '../fetching.ts';
import {
  type AnsweringFlags,
  answeringDevice,
  type CautionFlags,
  cautionOptions,
  dtypeOption,
} from '../flags/answering-flags.ts';
import { positive, required } from '../flags/values.ts';
import { workOrNothing } from '../interrupt.ts';
import { describePrediction } from '../terminal/prediction.ts';
import { progressOfRows } from '../terminal/progress.ts';

interface PredictFlags extends AnsweringFlags, CautionFlags {
  model?: string;
  input?: string;
  output?: string;
  textColumn?: string;
  skipBadRows?: boolean;
  allScores?: boolean;
  maxLatency: number;
  dtype?: string;
  threads?: number;
  offline?: boolean;
  json?: boolean;
}

const command = new Command('predict')
  .description('Label every row of a file, keeping its rows, columns and order.')
  .option('--model <name>', "a run's folder, a model's folder or a hub id")
  .option('--input <file>', 'CSV, TSV or JSONL with a column of texts')
  .option('--output <file>', 'what to write: CSV, TSV or JSONL by its ending')
  .option('--text-column <name>', 'column that holds the texts', 'text')
  .option('--all-scores', 'add a column with the score of each class')
  .option('--max-latency <seconds>', 'the mean time per text that is still good', positive, 5)
  .option('--skip-bad-rows', 'leave out rows that cannot be read, and say which')
  .addOption(dtypeOption())
  .addOption(answeringDevice());
for (const option of cautionOptions()) command.addOption(option);

export const predictCommand = command
  .option('--threads <n>', 'threads of the model (default: all cores)', positive)
  .option('--offline', 'use the cache only, never the network')
  .option('--json', 'print the summary as JSON on stdout')
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv predict --model runs/linear --input test.csv --output test_pred.csv
  $ otzyv predict --model runs/micro/best --input reviews.jsonl --output labelled.jsonl --all-scores
  $ otzyv predict --model runs/linear --input test.csv --output sure.csv --target-precision 0.95

Adds "label" and "confidence" ("predicted_label" where the file has a label already).
A text with nothing in it gets the most frequent class, with that class's share as confidence.
Where not everything is answered, the label of an unsure row is «не уверен», and "guess" says what it would be.`,
  )
  .action(async (flags: PredictFlags) => {
    const model = required(flags.model, '--model', 'the model to predict with');
    const input = required(flags.input, '--input', 'the file to label');
    const output = required(flags.output, '--output', 'the file to write');
    const { loadClassifier, predictFile, resolveDtype } = await import('@otzyv/trainer');
    const dtype = resolveDtype(flags.dtype ?? 'float32');
    await workOrNothing(async (progress, { signal }) => {
      const classifier = await loadClassifier(model, {
        dtype,
        ...(flags.device !== undefined && { device: flags.device }),
        ...(flags.threads !== undefined && { threads: flags.threads }),
        ...fetching(progress, flags),
      });
      const summary = await predictFile(classifier, {
        input,
        output,
        textColumn: flags.textColumn ?? 'text',
        skipBadRows: flags.skipBadRows === true,
        allScores: flags.allScores === true,
        minConfidence: flags.minConfidence,
        targetPrecision: flags.targetPrecision,
        onProgress: progressOfRows(progress, 'predicting'),
        onBadRow: (message) => progress.say(`skipped: ${message}`),
        signal,
      }).finally(() => classifier.dispose());
      progress.clear();
      if (flags.json)
        process.stdout.write(
          `${JSON.stringify({ model, input, output, maxLatencySeconds: flags.maxLatency, ...summary })}\n`,
        );
      else process.stdout.write(`${describePrediction(summary, output, flags.maxLatency)}\n`);
    });
  });
