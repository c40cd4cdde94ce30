/** otzyv tune: a search for better settings than the defaults, within a budget. */
import { OtzyvError } from '@otzyv/core';
import type { SearchOptions } from '@otzyv/trainer';
import { Command } from 'commander';
import { mergeConfig } from '../flags/config-file.ts';
import { checkLossFlags } from '../flags/loss-flags.ts';
import { runOptionsFrom } from '../flags/run-options.ts';
import { spaceFrom } from '../flags/space-file.ts';
import { addTrainingFlags, idleFlags, type TrainingFlags } from '../flags/training-flags.ts';
import { number, required } from '../flags/values.ts';
import { type Interruption, workOrNothing, workOrSave } from '../interrupt.ts';
import { sameCommandWithResume } from '../resumption.ts';
import { colors } from '../terminal/colors.ts';
import { counted } from '../terminal/format.ts';
import type { Progress } from '../terminal/progress.ts';
import { runReporter } from '../terminal/run-reporter.ts';
import { describePlan, describeSearch } from '../terminal/search.ts';
import { searchReporter } from '../terminal/search-reporter.ts';

export const tuneCommand = addTrainingFlags(
  new Command('tune')
    .description('Search for a better learning rate, loss, weights, length, epochs, … within a budget.')
    .option('--train <file>', 'labelled CSV, TSV or JSONL')
    .option('--model <name>', 'linear, micro, a folder or a hub id (default: linear)')
    .option('--output <folder>', "the search's folder, new or empty")
    .option(
      '--trials <n>',
      'how many configurations are tried, the defaults among them (default: 20)',
      number,
    )
    .option('--factor <n>', 'one in so many goes on to more epochs (default: 3)', number)
    .option('--min-epochs <n>', 'what each configuration gets at least (default: 1)', number)
    .option('--space <file>', 'YAML or JSON: what is varied, instead of what is usual for the model')
    .option(
      '--holdout <share>',
      'share of the rows kept aside to measure what was found (default: 0.2)',
      number,
    )
    .option('--resume', 'go on where the same command was interrupted'),
)
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv tune --train reviews.csv --model micro --trials 20 --max-minutes 60 --output runs/tune
  $ otzyv tune --train reviews.csv --model micro --output runs/tune --dry-run
  $ otzyv tune --train reviews.csv --model cointegrated/rubert-tiny2 --space space.yaml --output runs/tune
  $ otzyv train --config runs/tune/best.yaml --refit --output runs/best

All configurations get few epochs, the best third more, and so on up to --epochs; the first are
the defaults, and they always go on. An option that is typed is not varied; those in a --config
file are where the search begins. In space.yaml:

  learning_rate: {min: 1e-5, max: 1e-4, scale: log}    # log, linear or int
  loss: [cross-entropy, focal]
  focal_gamma: {min: 0.5, max: 3}
  class_weights: [balanced, clamped, none]
  max_length: [64, 128]

The search's folder: best/ (the model), best.yaml (its options, a --config file), tune_results.json,
data/ (the rows searched on and those kept aside), trials/ (a run each; weights of the best and of
the defaults only), tune.json, trials.json.`,
  )
  .action(async (typed: TuneFlags) => {
    const flags = await mergeConfig(typed, tuneCommand);
    const during = flags.dryRun ? workOrNothing : workOrSave;
    await during(async (progress, interruption) => {
      const options = await searchOptions(flags, typed);
      const idle = idleFlags(typed, flags.model);
      if (idle !== undefined) progress.say(`  ${colors.yellow('!')} ${idle}`);
      await (flags.dryRun ? tryOut : search)(options, flags, progress, interruption);
    });
  });

interface TuneFlags extends TrainingFlags {
  trials?: number;
  factor?: number;
  minEpochs?: number;
  space?: string;
  holdout?: number;
  resume?: boolean;
}

async function searchOptions(flags: TuneFlags, typed: TuneFlags): Promise<SearchOptions> {
  const { resolveRunOptions } = await import('@otzyv/trainer');
  const { maxMinutes, trials = 20, factor = 3, minEpochs = 1, holdout = 0.2, ...training } = flags;
  const output = required(flags.output, '--output', "the search's folder");
  checkLossFlags(flags);
  const base = resolveRunOptions(runOptionsFrom(training, { model: flags.model ?? 'linear', output }));
  return {
    base,
    space: await spaceFrom(flags.space, typed, base),
    trials,
    factor,
    minEpochs,
    holdout,
    maxMinutes,
  };
}

async function tryOut(
  options: SearchOptions,
  { json }: TuneFlags,
  progress: Progress,
  { signal }: Interruption,
): Promise<void> {
  const { estimateSearch } = await import('@otzyv/trainer');
  const estimate = await estimateSearch(options, {
    listen: runReporter(progress, options.base.metric),
    signal,
  });
  progress.clear();
  process.stdout.write(`${json ? JSON.stringify(estimate) : describePlan(estimate, options)}\n`);
}

async function search(
  options: SearchOptions,
  { json, resume: isResumed = false, overwrite = false }: TuneFlags,
  progress: Progress,
  interruption: Interruption,
): Promise<void> {
  if (isResumed && overwrite) {
    throw new OtzyvError('options.resume', '--resume keeps what --overwrite would remove', 'Leave one out.');
  }
  const { tune } = await import('@otzyv/trainer');
  const context = { listen: searchReporter(progress), signal: interruption.signal };
  const outcome = await tune(options, context, { isResumed, overwrite });
  progress.clear();
  if (outcome.status === 'interrupted') {
    progress.say(`saved after ${counted(outcome.runs, 'run')}. Go on with:\n  ${sameCommandWithResume()}`);
    process.exitCode = interruption.exitCode();
    return;
  }
  const { output } = options.base;
  process.stdout.write(
    json ? `${JSON.stringify({ output, ...outcome })}\n` : `\n${describeSearch(outcome, output)}\n`,
  );
}
