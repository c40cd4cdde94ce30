/** otzyv crossval: every row held out once, and the number with its uncertainty. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import type { CrossValidationOptions, CrossValidationOutcome } from '@otzyv/trainer';
import { Command, Option } from 'commander';
import { mergeConfig } from '../flags/config-file.ts';
import { checkLossFlags } from '../flags/loss-flags.ts';
import { runOptionsFrom } from '../flags/run-options.ts';
import { addTrainingFlags, idleFlags, type TrainingFlags } from '../flags/training-flags.ts';
import { positive, required } from '../flags/values.ts';
import { type Interruption, workOrNothing, workOrSave } from '../interrupt.ts';
import { refuseOthers, resumeCommand } from '../resumption.ts';
import { colors } from '../terminal/colors.ts';
import { describeCrossValidation } from '../terminal/crossval.ts';
import { crossvalReporter } from '../terminal/crossval-reporter.ts';
import { describeDryRun } from '../terminal/dry-run.ts';
import { duration } from '../terminal/format.ts';
import type { Progress } from '../terminal/progress.ts';
import { runReporter } from '../terminal/run-reporter.ts';

interface CrossvalFlags extends TrainingFlags {
  folds?: number;
  repeats?: number;
  shuffle?: boolean;
  bindDuplicates?: boolean;
  jobs?: number;
  /** a folder, or that the one of --output is meant */
  resume?: string | true;
}

export const crossvalCommand: Command = addTrainingFlags(
  new Command('crossval')
    .description('Train on folds, so that every row is held out once: the number with its uncertainty.')
    .option('--train <file>', 'labelled CSV, TSV or JSONL')
    .option('--model <name>', 'linear, micro, a folder or a hub id (default: linear)')
    .option('--output <folder>', 'where everything goes, new or empty')
    .option('--folds <n>', 'parts that are held out in turn (default: 5)', positive)
    .option('--repeats <n>', 'how often all rows are dealt anew (default: 1)', positive)
    // before their --no- sides, lest commander take silence for yes; a config file may say either
    .addOption(new Option('--shuffle').hideHelp())
    .addOption(new Option('--bind-duplicates').hideHelp())
    .option('--no-shuffle', "deal in the file's order: scikit-learn's folds")
    .option('--no-bind-duplicates', 'let copies and near copies of a text fall into different folds')
    .option('--jobs <n>', 'folds that go at once (default: by cores and memory)', positive)
    .option('--resume [folder]', 'go on where it was interrupted'),
)
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv crossval --train reviews.csv --output runs/cv
  $ otzyv crossval --train reviews.csv --group-column product --folds 10 --output runs/products
  $ otzyv crossval --train reviews.csv --model micro --repeats 3 --output runs/micro-cv
  $ otzyv crossval --resume runs/cv

  $ otzyv crossval --config runs/cv/crossval.json --model micro --output runs/micro-cv
  $ otzyv predict --model runs/cv --input test.csv --output test_pred.csv

Each fold is a run in a folder of its own, with all options of otzyv train; --max-minutes is a fold's.
Copies and near copies of a text are held out together, unless --group-column decides what is.
The folder: fold-1/ … (runs), oof_pred.csv (every row, answered by a model that had not seen it),
cv_results.json, report.html and best/, the folds' models as one.`,
  )
  .action(async (typed: CrossvalFlags) => {
    const flags = await mergeConfig(typed, crossvalCommand);
    const idle = idleFlags(typed, flags.model);
    const work = async (progress: Progress, interruption: Interruption) => {
      if (idle !== undefined) progress.say(`  ${colors.yellow('!')} ${idle}`);
      if (flags.dryRun) await tryOut(flags, progress, interruption);
      else if (typeof flags.resume === 'string') await goOn(flags.resume, flags, progress, interruption);
      else await begin(flags, progress, interruption);
    };
    await (flags.dryRun ? workOrNothing(work) : workOrSave(work, 'finishing the steps and saving'));
  });

for (const name of ['validation', 'validation-fraction', 'refit'])
  crossvalCommand.options.find((option) => option.name() === name)?.hideHelp(); // refused, and why

async function optionsOf(flags: CrossvalFlags): Promise<CrossValidationOptions> {
  const { resolveCrossValidation } = await import('@otzyv/trainer');
  const output = required(flags.output, '--output', 'the folder where everything goes');
  checkLossFlags(flags);
  const { folds, repeats, shuffle, bindDuplicates } = flags;
  return resolveCrossValidation({
    ...runOptionsFrom(flags, { model: flags.model ?? 'linear', output }),
    ...{ folds, repeats, shuffle, bindDuplicates },
  });
}

async function begin(flags: CrossvalFlags, progress: Progress, interruption: Interruption): Promise<void> {
  const { crossValidate, crossValidateOrResume } = await import('@otzyv/trainer');
  const options = await optionsOf(flags);
  const { model, trainFile, output } = options;
  progress.say(`${colors.bold(`Cross-validating ${model}`)} on ${trainFile} → ${output}`);
  const context = { listen: crossvalReporter(progress), signal: interruption.signal, jobs: flags.jobs };
  const work =
    flags.resume === true
      ? crossValidateOrResume(options, context)
      : crossValidate(options, context, { overwrite: flags.overwrite === true });
  const outcome = await work.catch((error: unknown) => {
    if (hasBegunIn(output, error)) progress.say(`what was saved can be gone on with:\n  ${again(output)}`);
    throw error;
  });
  report(outcome, output, flags, progress, interruption);
}

async function goOn(
  folder: string,
  flags: CrossvalFlags,
  progress: Progress,
  interruption: Interruption,
): Promise<void> {
  const { resumeCrossValidation } = await import('@otzyv/trainer');
  const { resume: _, json: __, jobs, engine, device, threads, ...others } = flags;
  refuseOthers(others, 'cross-validation');
  progress.say(`${colors.bold('Going on')} in ${folder}`);
  const context = { listen: crossvalReporter(progress), signal: interruption.signal, jobs };
  const outcome = await resumeCrossValidation(folder, context, { engine, device, threads });
  report(outcome, folder, flags, progress, interruption);
}

/** Whether the failure is one of a fold, and not of a folder that was refused. */
function hasBegunIn(output: string, error: unknown): boolean {
  const isRefusal = error instanceof OtzyvError && /^run\.(exists|other-options|locked)$/.test(error.code);
  return !isRefusal && existsSync(join(output, 'crossval.json'));
}

function report(
  outcome: CrossValidationOutcome,
  folder: string,
  { json }: CrossvalFlags,
  progress: Progress,
  interruption: Interruption,
): void {
  progress.clear();
  if (outcome.status === 'interrupted') {
    progress.say(
      `${outcome.finished} of ${outcome.of} folds are done, the others saved. Go on with:\n  ${again(folder)}`,
    );
    process.exitCode = interruption.exitCode();
    return;
  }
  const { result, modelFolder } = outcome;
  if (json) {
    process.stdout.write(`${JSON.stringify({ modelFolder, ...result })}\n`);
    return;
  }
  const next = `npx otzyv predict --model ${folder} --input FILE --output predictions.csv`;
  process.stdout.write(
    [
      '',
      describeCrossValidation(result),
      '',
      `model    ${modelFolder}, the ${result.folds} folds' models as one`,
      `answers  ${join(folder, 'oof_pred.csv')}`,
      `results  ${join(folder, 'cv_results.json')}`,
      `report   ${join(folder, 'report.html')}`,
      `next     ${colors.bold(next)}`,
      '',
    ].join('\n'),
  );
}

/** Tries the first fold. */
async function tryOut(flags: CrossvalFlags, progress: Progress, { signal }: Interruption): Promise<void> {
  const { dryRun, foldRuns } = await import('@otzyv/trainer');
  const options = await optionsOf(flags);
  const [first, ...others] = foldRuns(options);
  if (first === undefined) return;
  const context = { listen: runReporter(progress, options.metric), signal };
  const result = await dryRun(first.options, context, { overwrite: flags.overwrite === true });
  const folds = others.length + 1;
  const all = result.steps && `; ${duration(result.steps.estimatedMs * folds)} if one comes after the other`;
  progress.clear();
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ folds, ...result })}\n`
      : `one of ${folds} folds${all ?? ''}:\n${describeDryRun(result)}\n`,
  );
}

function again(folder: string): string {
  return resumeCommand('crossval', folder);
}
