/** otzyv pseudo-label: a trained model labels reviews that have no labels, and learns from those that it is sure of. */
import type { PseudoLabelOutcome } from '@otzyv/trainer';
import { Command } from 'commander';
import { natural, positive, required, share } from '../flags/values.ts';
import { type Interruption, workOrSave } from '../interrupt.ts';
import { refuseOthers, resumeCommand, sayHowToGoOn } from '../resumption.ts';
import { colors } from '../terminal/colors.ts';
import type { Progress } from '../terminal/progress.ts';
import { describePseudoLabel } from '../terminal/pseudo-label.ts';
import { pseudoLabelReporter } from '../terminal/pseudo-label-reporter.ts';

interface PseudoLabelFlags {
  run?: string;
  input?: string;
  output?: string;
  rounds?: number;
  minConfidence?: number;
  pseudoWeight?: number;
  textColumn?: string;
  skipBadRows?: boolean;
  resume?: string;
  overwrite?: boolean;
  json?: boolean;
}

export const pseudoLabelCommand = new Command('pseudo-label')
  .description('Let a trained model label reviews that have no labels, and learn from those it is sure of.')
  .option('--run <folder>', 'the finished run to begin with, linear or a BERT')
  .option('--input <file>', 'CSV, TSV or JSONL with texts without labels')
  .option('--output <folder>', 'where everything goes')
  .option('--rounds <n>', 'at most; the first that is no better is the last (default: 3)', natural)
  .option('--min-confidence <n>', 'calibrated confidence from which a text joins (default: 0.9)', share)
  .option(
    '--pseudo-weight <n>',
    'what a text counts for, times its confidence; a labelled row counts for one (default: 0.5)',
    positive,
  )
  .option('--text-column <name>', "column that holds the texts (default: the run's)")
  .option('--skip-bad-rows', 'leave out rows of the input that cannot be read, and say which')
  .option('--resume <folder>', 'go on with one that was interrupted, with its own options')
  .option('--overwrite', 'replace one that lies in the output folder')
  .option('--json', 'print the result as JSON on stdout, all else on stderr')
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv train --train train.csv --output runs/linear
  $ otzyv pseudo-label --run runs/linear --input raw.csv --output runs/self
  $ otzyv compare runs/linear runs/self/round-1
  $ otzyv pseudo-label --resume runs/self

Each round the best model so far answers all texts; those it is sure of join the rows of the run, with less
weight and no class beyond its share, and a model is trained on both with the run's own options. Texts of the
training and the validation file never join, and every round is measured on the validation rows of the run.
The folder: best/ (the model, that of the run where no round was better), round-1/ … (runs), data/ (their
training files), pseudo_label_results.json, report.html. The run itself is not changed.`,
  )
  .action(async (flags: PseudoLabelFlags) => {
    await workOrSave((progress, interruption) =>
      flags.resume === undefined
        ? begin(flags, progress, interruption)
        : goOn(flags.resume, flags, progress, interruption),
    );
  });

async function begin(
  { json, overwrite = false, ...given }: PseudoLabelFlags,
  progress: Progress,
  interruption: Interruption,
): Promise<void> {
  const run = required(given.run, '--run', 'the finished run to begin with');
  const input = required(given.input, '--input', 'the texts without labels');
  const output = required(given.output, '--output', 'the folder where everything goes');
  const { pseudoLabel, resolvePseudoLabelOptions } = await import('@otzyv/trainer');
  const { rounds, minConfidence, pseudoWeight, textColumn, skipBadRows } = given;
  const options = resolvePseudoLabelOptions({
    ...{ run, input, output, rounds, minConfidence, pseudoWeight, textColumn, skipBadRows },
  });
  progress.say(`${colors.bold('Self-training')} from ${run} on ${input} → ${output}`);
  const context = { listen: pseudoLabelReporter(progress), signal: interruption.signal };
  const outcome = await pseudoLabel(options, context, { overwrite }).catch(
    sayHowToGoOn(output, again(output), progress, 'pseudo-label.json'),
  );
  report(outcome, output, run, json, progress, interruption);
}

async function goOn(
  folder: string,
  { resume: _, json, ...others }: PseudoLabelFlags,
  progress: Progress,
  interruption: Interruption,
): Promise<void> {
  refuseOthers(others, 'self-training');
  const { resumePseudoLabel } = await import('@otzyv/trainer');
  progress.say(`${colors.bold('Going on')} in ${folder}`);
  const context = { listen: pseudoLabelReporter(progress), signal: interruption.signal };
  const outcome = await resumePseudoLabel(folder, context);
  report(outcome, folder, 'the run it began with', json, progress, interruption);
}

function report(
  outcome: PseudoLabelOutcome,
  folder: string,
  run: string,
  json: boolean | undefined,
  progress: Progress,
  interruption: Interruption,
): void {
  progress.clear();
  if (outcome.status === 'interrupted') {
    progress.say(`round ${outcome.round} is saved as far as it came. Go on with:\n  ${again(folder)}`);
    process.exitCode = interruption.exitCode();
    return;
  }
  process.stdout.write(json ? `${JSON.stringify(outcome)}\n` : describePseudoLabel(outcome, folder, run));
}

function again(folder: string): string {
  return resumeCommand('pseudo-label', folder);
}
