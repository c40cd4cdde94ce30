/** otzyv calibrate: what a model's confidences are worth, and below which it had better not answer. */
import { Command, Option } from 'commander';
import { addDataFlags, type DataFlags, labelledFile } from '../flags/data-flags.ts';
import { required, share } from '../flags/values.ts';
import { workOrNothing } from '../interrupt.ts';
import { describeCalibration } from '../terminal/calibration.ts';
import { count } from '../terminal/format.ts';

interface CalibrateFlags extends DataFlags {
  model?: string;
  validation?: string;
  targetPrecision?: number;
  minConfidence?: number;
  classThresholds?: boolean;
  json?: boolean;
}

export const calibrateCommand = addDataFlags(
  new Command('calibrate')
    .description(
      "Mend a model's confidences, choose below which it answers «не уверен», and store it with it.",
    )
    .option('--model <folder>', "a run's folder or a model's folder")
    .option('--validation <file>', 'labelled file it has not learned from (default: what the run held out)')
    .addOption(
      new Option('--target-precision <n>', 'answer only as many texts as surely give this precision')
        .argParser(share)
        .conflicts('minConfidence'),
    )
    .option('--min-confidence <n>', 'answer only from this confidence on', share)
    .option('--class-thresholds', 'factors for classes, kept where they surely raise the weighted F1')
    .option('--json', 'print what was measured as JSON on stdout'),
)
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv calibrate --model runs/linear
  $ otzyv calibrate --model runs/linear --target-precision 0.9 --class-thresholds
  $ otzyv calibrate --model models/reviews --validation-file held-out.csv --text-column text --label-column label

What is not asked for is not kept from an earlier call. Training has fitted the temperature already.`,
  )
  .action(async (flags: CalibrateFlags) => {
    const model = required(flags.model, '--model', 'the model to calibrate');
    const { calibrateModel } = await import('@otzyv/trainer');
    await workOrNothing(async (progress, { signal }) => {
      const result = await calibrateModel(model, {
        targetPrecision: flags.targetPrecision,
        minConfidence: flags.minConfidence,
        classThresholds: flags.classThresholds,
        validation:
          flags.validation === undefined
            ? undefined
            : labelledFile(flags.validation, flags, (message) => progress.say(`skipped: ${message}`)),
        signal,
        onProgress: (done, total) => progress.update('answering', done / total, `${count(done)} texts`),
      });
      progress.clear();
      process.stdout.write(
        flags.json ? `${JSON.stringify({ model, ...result })}\n` : `${describeCalibration(result)}\n`,
      );
    });
  });
