/** otzyv train: one model, from a labelled file to a run's folder. */
import { Command } from 'commander';
import { onInterrupt } from '../interrupt.ts';
import { colors } from '../terminal/colors.ts';
import { printDryRun } from '../terminal/dry-run.ts';
import { describeEvaluation } from '../terminal/evaluation.ts';
import { createProgress } from '../terminal/progress.ts';
import { runReporter } from '../terminal/run-reporter.ts';
import {
  addTrainingFlags,
  mergeConfig,
  required,
  runOptionsFrom,
  type TrainingFlags,
} from '../training-flags.ts';

export const trainCommand = addTrainingFlags(
  new Command('train')
    .description('Train a model and keep the checkpoint with the best weighted F1.')
    .option('--train <file>', 'labelled CSV, TSV or JSONL')
    .option('--model <name>', 'linear, micro, a folder or a hub id (default: linear)')
    .option('--output <folder>', "the run's folder, new or empty")
    .option('--resume <folder>', 'go on with an interrupted run, with its own options'),
)
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv train --train reviews.csv --output runs/linear
  $ otzyv train --train reviews.csv --model micro --epochs 6 --output runs/micro
  $ otzyv train --train reviews.csv --model cointegrated/rubert-tiny2 --output runs/tiny
  $ otzyv train --resume runs/tiny

Names of transformers' TrainingArguments work too: --num-train-epochs, --learning_rate, …
The run's folder: best/ (the model), checkpoints/, report.html, events.jsonl, run.json,
eval_results.json, trainer_state.json, validation_pred.csv.`,
  )
  .action(async (flags: TrainingFlags & { resume?: string }) => {
    const { dryRun, resolveRunOptions, resume, train } = await import('@otzyv/trainer');
    const progress = createProgress();
    const interruption = onInterrupt('finishing the step and saving');
    const context = (metric: string) => ({
      listen: runReporter(progress, metric),
      signal: interruption.signal,
    });

    const merged = await mergeConfig(flags, trainCommand);
    if (flags.resume !== undefined) {
      report(await resume(flags.resume, context('f1_weighted')), flags.resume, flags);
      return;
    }
    const output = required(merged.output, '--output', "the run's folder");
    const options = resolveRunOptions(runOptionsFrom(merged, { model: merged.model ?? 'linear', output }));
    if (merged.dryRun)
      return printDryRun(await dryRun(options, context(options.metric)), merged.json === true);
    report(
      await train(options, context(options.metric), { overwrite: merged.overwrite === true }),
      output,
      merged,
    );

    function report(outcome: Awaited<ReturnType<typeof train>>, folder: string, { json }: TrainingFlags) {
      interruption.stopListening();
      progress.clear();
      if (outcome.status === 'interrupted') {
        progress.say(`saved at step ${outcome.step}. Go on with:\n  npx otzyv train --resume ${folder}`);
        process.exitCode = interruption.exitCode();
        return;
      }
      if (json) {
        process.stdout.write(`${JSON.stringify(outcome)}\n`);
        return;
      }
      process.stdout.write(`\n${describeEvaluation(outcome.evaluation)}\n\n`);
      process.stdout.write(`model   ${outcome.modelFolder}\nreport  ${folder}/report.html\n`);
      process.stdout.write(
        `next    ${colors.bold(`npx otzyv predict --model ${folder} --input FILE --output predictions.csv`)}\n`,
      );
    }
  });
