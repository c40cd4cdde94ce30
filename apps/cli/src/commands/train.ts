/** otzyv train: one model, from a labelled file to a run's folder. */
import { join } from 'node:path';
import type { RunOutcome } from '@otzyv/trainer';
import { Command } from 'commander';
import { mergeConfig } from '../flags/config-file.ts';
import { checkLossFlags } from '../flags/loss-flags.ts';
import { runOptionsFrom } from '../flags/run-options.ts';
import { addTrainingFlags, idleFlags, type TrainingFlags } from '../flags/training-flags.ts';
import { required } from '../flags/values.ts';
import { type Interruption, workOrNothing, workOrSave } from '../interrupt.ts';
import { describeInterrupted, refuseOthers, resumeCommand, sayHowToGoOn } from '../resumption.ts';
import { calibrationLine } from '../terminal/calibration.ts';
import { colors } from '../terminal/colors.ts';
import { describeDryRun } from '../terminal/dry-run.ts';
import { describeEvaluation } from '../terminal/evaluation.ts';
import type { Progress } from '../terminal/progress.ts';
import { runReporter } from '../terminal/run-reporter.ts';

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

  $ otzyv train --config runs/tiny/run.json --seed 7 --output runs/tiny-7

Names of transformers' TrainingArguments work too: --num-train-epochs, --learning_rate, …, on the
command line and in a --config file; flags override the file.
The run's folder: best/ (the model), checkpoints/, report.html, events.jsonl, run.json,
eval_results.json, trainer_state.json, validation_pred.csv.`,
  )
  .action(async (flags: TrainFlags) => {
    const merged = await mergeConfig(flags, trainCommand);
    const during = merged.dryRun ? workOrNothing : workOrSave;
    await during((progress, interruption) =>
      merged.resume === undefined
        ? begin(merged, flags, progress, interruption)
        : goOn(merged.resume, merged, progress, interruption),
    );
  });

type TrainFlags = TrainingFlags & { resume?: string };

async function begin(
  flags: TrainFlags,
  typed: TrainFlags,
  progress: Progress,
  interruption: Interruption,
): Promise<void> {
  const { dryRun, resolveRunOptions, train } = await import('@otzyv/trainer');
  const output = required(flags.output, '--output', "the run's folder");
  const options = resolveRunOptions(runOptionsFrom(flags, { model: flags.model ?? 'linear', output }));
  const { signal } = interruption;
  const context = { listen: runReporter(progress, options.metric), signal };
  const overwrite = flags.overwrite === true;
  checkLossFlags(flags);
  const idle = idleFlags(typed, flags.model);
  if (idle !== undefined) progress.say(`  ${colors.yellow('!')} ${idle}`);
  if (flags.dryRun) {
    const result = await dryRun(options, context, { overwrite });
    progress.clear();
    process.stdout.write(`${flags.json ? JSON.stringify(result) : describeDryRun(result)}\n`);
    return;
  }
  const outcome = await train(options, context, { overwrite }).catch(
    sayHowToGoOn(output, again(output), progress),
  );
  report(outcome, output, flags, progress, interruption);
}

async function goOn(
  folder: string,
  flags: TrainFlags,
  progress: Progress,
  interruption: Interruption,
): Promise<void> {
  const { readRunFile, resume } = await import('@otzyv/trainer');
  const { resume: _, json: __, engine, device, saveSteps, saveTotalLimit, ...others } = flags;
  refuseOthers(others, 'run');
  // what is wrong with the file, if anything is, the run itself tells
  const metric = await readRunFile(folder).then(
    ({ options }) => options.metric,
    () => '',
  );
  const context = { listen: runReporter(progress, metric), signal: interruption.signal };
  const asked = { engine, device, saveSteps, saveTotalLimit };
  const outcome = await resume(folder, context, asked).catch(sayHowToGoOn(folder, again(folder), progress));
  report(outcome, folder, flags, progress, interruption);
}

function report(
  outcome: RunOutcome,
  folder: string,
  { json }: TrainFlags,
  progress: Progress,
  interruption: Interruption,
): void {
  progress.clear();
  if (outcome.status === 'interrupted') {
    progress.say(describeInterrupted(outcome.step, join(folder, 'run.json'), again(folder)));
    process.exitCode = interruption.exitCode();
    return;
  }
  if (json) {
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
    return;
  }
  const next = `npx otzyv predict --model ${folder} --input FILE --output predictions.csv`;
  process.stdout.write(
    [
      '',
      describeEvaluation(outcome.evaluation),
      ...(outcome.decision ? [calibrationLine(outcome.decision)] : []),
      '',
      `model   ${outcome.modelFolder}`,
      `report  ${folder}/report.html`,
      `next    ${colors.bold(next)}`,
      ...(outcome.status === 'stopped' ? [`go on   ${again(folder)}`] : []),
      '',
    ].join('\n'),
  );
}

function again(folder: string): string {
  return resumeCommand('train', folder);
}
