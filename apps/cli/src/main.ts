/**
 * otzyv: the command line. This file and the commands' descriptions load at once; a command loads what it
 * works with when it runs, so that help is instant.
 */
import { createRequire } from 'node:module';
import { OtzyvError } from '@otzyv/core';
import { Command, CommanderError } from 'commander';
import { normalizeArguments } from './arguments.ts';
import { auditCommand } from './commands/audit.ts';
import { augmentCommand } from './commands/augment.ts';
import { benchCommand } from './commands/bench.ts';
import { calibrateCommand } from './commands/calibrate.ts';
import { compareCommand } from './commands/compare.ts';
import { controlCommand } from './commands/control.ts';
import { crossvalCommand } from './commands/crossval.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { ensembleCommand } from './commands/ensemble.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { exportCommand } from './commands/export.ts';
import { feedbackCommand } from './commands/feedback.ts';
import { inspectCommand } from './commands/inspect.ts';
import { labelCommand } from './commands/label.ts';
import { predictCommand } from './commands/predict.ts';
import { pretrainCommand } from './commands/pretrain.ts';
import { pseudoLabelCommand } from './commands/pseudo-label.ts';
import { reportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import { trainCommand } from './commands/train.ts';
import { tuneCommand } from './commands/tune.ts';
import { EXIT_CODES, exitCodeOf, printError } from './errors.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

// `otzyv … | head` closes our output early: that is no fault
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  printError(
    new OtzyvError(
      'system.output',
      `the output cannot be written: ${error.message}`,
      'Check where it goes to.',
    ),
  );
  process.exit(1);
});
// nobody reads the progress any more (`2>&1 | tee log`, and Ctrl-C ended tee): the work goes on
process.stderr.on('error', () => undefined);

const program = new Command('otzyv')
  .description('Fine-tune Russian BERT models to classify reviews, and predict with them.')
  .version(version, '-V, --version')
  .exitOverride()
  .configureOutput({ writeErr: () => undefined })
  .showHelpAfterError(false)
  .addHelpText(
    'after',
    `
The whole job in one command:
  $ otzyv run --train train.csv --test test.csv --model linear --output runs/first

Models: linear (seconds, no download), micro (a small BERT from scratch), a folder,
or a hub id such as cointegrated/rubert-tiny2 or DeepPavlov/rubert-base-cased.

Exit codes: ${EXIT_CODES}`,
  );

for (const command of [
  runCommand,
  inspectCommand,
  auditCommand,
  augmentCommand,
  labelCommand,
  pretrainCommand,
  pseudoLabelCommand,
  trainCommand,
  controlCommand,
  crossvalCommand,
  tuneCommand,
  evaluateCommand,
  compareCommand,
  predictCommand,
  ensembleCommand,
  calibrateCommand,
  exportCommand,
  reportCommand,
  feedbackCommand,
  benchCommand,
  demoCommand,
  doctorCommand,
]) {
  program.addCommand(
    command.copyInheritedSettings(program).addHelpText('after', `\nExit codes: ${EXIT_CODES}`),
  );
}

const typed = process.argv.slice(2);
try {
  // alone, it is a question
  if (typed.length === 0) {
    process.stderr.write(program.helpInformation());
    process.exit(2);
  }
  await program.parseAsync(normalizeArguments(typed), { from: 'user' });
} catch (error) {
  // help and version are how commander ends a run that went well
  if (error instanceof CommanderError && error.exitCode === 0) process.exit(0);
  printError(error);
  process.exitCode = exitCodeOf(error);
}
