/** otzyv evaluate: a finished model on a labelled file. */
import { Command } from 'commander';
import { fetching } from '../fetching.ts';
import {
  type AnsweringFlags,
  answeringDevice,
  type CautionFlags,
  cautionOptions,
  dtypeOption,
} from '../flags/answering-flags.ts';
import { addDataFlags, labelledFile } from '../flags/data-flags.ts';
import { repeated, required } from '../flags/values.ts';
import { describeConfidence } from '../terminal/calibration.ts';
import { describeEvaluation } from '../terminal/evaluation.ts';
import { count } from '../terminal/format.ts';
import { createProgress } from '../terminal/progress.ts';
import { describeSlices } from '../terminal/slices.ts';

interface EvaluateFlags extends AnsweringFlags, CautionFlags {
  model?: string;
  input?: string;
  textColumn?: string;
  labelColumn?: string;
  skipBadRows?: boolean;
  dtype?: string;
  sliceColumn?: string[];
  offline?: boolean;
  json?: boolean;
}

const command = addDataFlags(
  new Command('evaluate')
    .description('Measure a finished model on a labelled file.')
    .option('--model <name>', "a run's folder, a model's folder or a hub id")
    .option('--input <file>', 'labelled CSV, TSV or JSONL')
    .option(
      '--slice-column <name>',
      'measure by what stands in this column, too; may be given again',
      repeated,
    )
    .addOption(dtypeOption())
    .addOption(answeringDevice())
    .option('--offline', 'use the cache only, never the network')
    .option('--json', 'print the measurements as JSON on stdout'),
);
for (const option of cautionOptions()) command.addOption(option);

export const evaluateCommand = command
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv evaluate --model runs/linear --input held-out.csv
  $ otzyv evaluate --model runs/linear --input held-out.csv --slice-column product`,
  )
  .action(async (flags: EvaluateFlags) => {
    const model = required(flags.model, '--model', 'the model to measure');
    const input = required(flags.input, '--input', 'the labelled file');
    const { evaluateFile, loadClassifier, resolveDtype } = await import('@otzyv/trainer');
    const dtype = resolveDtype(flags.dtype ?? 'float32');
    const progress = createProgress();
    const classifier = await loadClassifier(model, {
      dtype,
      ...(flags.device !== undefined && { device: flags.device }),
      ...fetching(progress, flags),
    });
    try {
      const result = await evaluateFile(classifier, {
        ...labelledFile(input, flags, (message) => progress.say(`skipped: ${message}`)),
        sliceColumns: flags.sliceColumn,
        minConfidence: flags.minConfidence,
        targetPrecision: flags.targetPrecision,
        onProgress: (done, total) => progress.update('evaluating', done / total, `${count(done)} texts`),
      });
      progress.clear();
      process.stdout.write(
        flags.json
          ? `${JSON.stringify({ model, input, ...result })}\n`
          : `${describeEvaluation(result)}\n${describeConfidence(result)}\n\n${describeSlices(result.slices)}\n`,
      );
    } finally {
      await classifier.dispose();
    }
  });
