/** otzyv pretrain: a BERT learns from reviews without labels, before it is fine-tuned on those that have some. */
import { join } from 'node:path';
import type { PretrainingOptions, PretrainingOutcome } from '@otzyv/trainer';
import { Command, Option } from 'commander';
import { mergeConfig } from '../flags/config-file.ts';
import { addTrainingFlags, type TrainingFlags } from '../flags/training-flags.ts';
import { number, repeated, required } from '../flags/values.ts';
import { type Interruption, workOrSave } from '../interrupt.ts';
import { describeInterrupted, refuseOthers, resumeCommand, sayHowToGoOn } from '../resumption.ts';
import { describePretraining } from '../terminal/pretraining.ts';
import type { Progress } from '../terminal/progress.ts';
import { runReporter } from '../terminal/run-reporter.ts';

/** Flags that mean here what they mean in a training. */
const SHARED = [
  ...['text-column', 'skip-bad-rows', 'cleaning', 'config', 'overwrite', 'max-minutes', 'threads', 'json'],
  ...[
    'gradient-accumulation-steps',
    'schedule',
    'weight-decay',
    'max-grad-norm',
    'dropout',
    'subword-dropout',
  ],
  'max-length',
  ...['early-stopping-patience', 'save-steps', 'save-total-limit', 'engine', 'device', 'revision', 'offline'],
] as const;

interface PretrainFlags
  extends Omit<TrainingFlags, 'train' | 'validation' | 'exclude' | 'loss' | 'metric' | 'refit' | 'dryRun'> {
  train?: string[];
  excludeFile?: string[];
  mlmProbability?: number;
  resume?: string;
}

export const pretrainCommand: Command = new Command('pretrain')
  .description('Let a BERT learn from reviews without labels, before it is fine-tuned.')
  .option('--train <file>', 'CSV, TSV or JSONL with texts; may be given again', repeated)
  .option(
    '--exclude-file <file>',
    'a file whose texts are left out, e.g. a test; may be given again',
    repeated,
  )
  .option('--model <name>', 'micro, a folder or a hub id (default: micro)')
  .option('--output <folder>', "the run's folder, new or empty")
  .option('--resume <folder>', 'go on with an interrupted run, with its own options')
  .option(
    '--mlm-probability <share>',
    'of the words of a text that are to be found out (default: 0.15; micro: 0.2)',
    number,
  )
  .option('--epochs <n>', 'passes over the texts (default: 3; micro: 80)', number)
  .option('--batch-size <n>', 'texts a step (default: 16; micro: 32)', number)
  .option('--lr <rate>', 'highest learning rate (default: 5e-5; micro: 1e-3)', number)
  .option('--warmup-steps <n>', 'steps of rising rate; below 1: a share (default: 0.06)', number)
  .option('--validation-fraction <share>', 'share of the texts to measure on (default: 0.05)', number)
  .option(
    '--seed <n>',
    'of the split, the weights, the order, the masks and the dropout (default: 42)',
    number,
  );

for (const option of addTrainingFlags(new Command()).options) {
  if ((SHARED as readonly string[]).includes(option.name())) pretrainCommand.addOption(option);
}

pretrainCommand
  // what a labelled file is told with; a config file may be shared
  .addOption(new Option('--label-column <name>').hideHelp())
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv pretrain --train raw.csv --train train.csv --exclude-file test.csv --output runs/pretrained
  $ otzyv train --train train.csv --model runs/pretrained --output runs/micro

  $ otzyv pretrain --train raw.csv --model cointegrated/rubert-tiny2 --output runs/tiny-pretrained
  $ otzyv pretrain --resume runs/pretrained

Labels in the files are not read. Some words of each text are masked, all of a word at once, and the model
learns to find them out; the perplexity is that of texts held out.
The run's folder: best/ (a BertForMaskedLM for otzyv train, Python and transformers.js), checkpoints/,
events.jsonl, pretrain.json, eval_results.json, trainer_state.json.`,
  )
  .action(async (typed: PretrainFlags) => {
    const flags = await mergeConfig(typed, pretrainCommand);
    await workOrSave((progress, interruption) =>
      flags.resume === undefined
        ? begin(flags, progress, interruption)
        : goOn(flags.resume, flags, progress, interruption),
    );
  });

async function begin(flags: PretrainFlags, progress: Progress, interruption: Interruption): Promise<void> {
  const { pretrain, resolvePretrainingOptions } = await import('@otzyv/trainer');
  const options = resolvePretrainingOptions(given(flags));
  const context = { listen: runReporter(progress, 'loss'), signal: interruption.signal };
  const overwrite = flags.overwrite === true;
  const outcome = await pretrain(options, context, { overwrite }).catch(
    sayHowToGoOn(options.output, again(options.output), progress),
  );
  report(outcome, options.output, flags, progress, interruption);
}

type Given = Parameters<typeof import('@otzyv/trainer').resolvePretrainingOptions>[0];

function given(flags: PretrainFlags): Given {
  const { train = [], excludeFile, lr, cleaning, model = 'micro' } = flags;
  const output = required(flags.output, '--output', "the run's folder");
  required(train[0], '--train', 'the texts to learn from');
  const { textColumn, skipBadRows, maxLength, mlmProbability, epochs, batchSize, schedule } = flags;
  const { gradientAccumulationSteps, warmupSteps, weightDecay, maxGradNorm } = flags;
  const { dropout, subwordDropout } = flags;
  const { validationFraction, earlyStoppingPatience, saveSteps, saveTotalLimit, maxMinutes } = flags;
  const { seed, engine, device, threads, revision, offline } = flags;
  return {
    ...{ model, output, trainFiles: train, excludeFiles: excludeFile, learningRate: lr },
    ...{ textColumn, skipBadRows, maxLength, mlmProbability, epochs, batchSize },
    ...{ gradientAccumulationSteps, warmupSteps, weightDecay, maxGradNorm },
    ...{ dropout, subwordDropout },
    ...{ validationFraction, earlyStoppingPatience, saveSteps, saveTotalLimit, maxMinutes },
    ...{ seed, engine, device, threads, revision, offline },
    // checked where they are resolved
    schedule: schedule as PretrainingOptions['schedule'] | undefined,
    cleaning: (typeof cleaning === 'string' ? { preset: cleaning } : cleaning) as
      | PretrainingOptions['cleaning']
      | undefined,
  };
}

async function goOn(
  folder: string,
  flags: PretrainFlags,
  progress: Progress,
  interruption: Interruption,
): Promise<void> {
  const { resumePretraining } = await import('@otzyv/trainer');
  const { resume: _, json: __, engine, device, threads, saveSteps, saveTotalLimit, ...others } = flags;
  refuseOthers(others, 'run');
  const context = { listen: runReporter(progress, 'loss'), signal: interruption.signal };
  const asked = { engine, device, threads, saveSteps, saveTotalLimit };
  const outcome = await resumePretraining(folder, context, asked).catch(
    sayHowToGoOn(folder, again(folder), progress),
  );
  report(outcome, folder, flags, progress, interruption);
}

function report(
  outcome: PretrainingOutcome,
  folder: string,
  { json }: PretrainFlags,
  progress: Progress,
  interruption: Interruption,
): void {
  progress.clear();
  if (outcome.status === 'interrupted') {
    progress.say(describeInterrupted(outcome.step, join(folder, 'pretrain.json'), again(folder)));
    process.exitCode = interruption.exitCode();
    return;
  }
  process.stdout.write(`${json ? JSON.stringify(outcome) : describePretraining(outcome, folder)}\n`);
}

function again(folder: string): string {
  return resumeCommand('pretrain', folder);
}
