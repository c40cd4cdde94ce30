/** otzyv-tui label: reviews one by one, those first that are worth a person's time; a digit labels one and goes on. */
import { basename, dirname, extname, join } from 'node:path';
import { labelKey, OtzyvError, quotedForShell } from '@otzyv/core';
import type { Classifier, LabellingSummary, SessionProgress } from '@otzyv/trainer';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { exitCodeOf, printError } from '../errors.ts';
import { requireTerminal } from '../terminal/require-terminal.ts';

interface LabelFlags {
  output?: string;
  model?: string;
  audit?: string;
  decisions?: string;
  second?: string;
  classes?: string[];
  textColumn: string;
  labelColumn: string;
  fromName?: string;
  toName?: string;
  all?: boolean;
  limit?: number;
  overwrite?: boolean;
  skipBadRows?: boolean;
  ascii?: boolean;
}

function labelProgram(): Command {
  return new Command('otzyv-tui label')
    .description('Label reviews: the least certain, or the most suspicious, first.')
    .argument('<file>', "CSV, TSV, JSONL, or Label Studio's JSON")
    .option('--output <file>', 'what comes out (default: FILE.labelled.csv); .json for Label Studio')
    .option(
      '--model <folder>',
      'a trained model: suggests labels, shows the words that mattered, chooses the order',
    )
    .option('--audit <file>', 'what otzyv audit wrote: its findings, worst first, and nothing else')
    .option(
      '--decisions <file>',
      'with --audit: its table with what you decided (default: AUDIT.decided.csv)',
    )
    .option('--second <file>', 'what a second person labelled: how far you agree')
    .option(
      '--classes <names>',
      'all classes, with commas between (default: those of the model or of the files)',
      namesIn,
    )
    .option('--text-column <name>', 'column that holds the texts', 'text')
    .option('--label-column <name>', 'column that holds the labels, or is to hold them', 'label')
    .option(
      '--from-name <name>',
      "of Label Studio's interface: its choices (default: as in the file, or label)",
    )
    .option('--to-name <name>', "of Label Studio's interface: its text (default: as in the file, or text)")
    .option('--all', 'also the reviews that have a label, where some have none')
    .option('--limit <count>', 'as many reviews at most', wholeNumber)
    .option('--overwrite', 'replace an output that is there; FILE itself, too, if it is named as --output')
    .option('--skip-bad-rows', 'leave out rows that cannot be read')
    .option('--ascii', 'draw with ASCII only')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .addHelpText(
      'after',
      `
Examples:
  $ otzyv-tui label reviews.csv --classes "обувь,одежда,посуда"
  $ otzyv-tui label new.csv --model runs/first --output labelled.csv
  $ otzyv-tui label train.csv --audit audit.csv
  $ otzyv train --train train.csv --exclude audit.decided.csv --output runs/audited
  $ otzyv-tui label new.csv --second by-anna.csv

A digit gives the label and goes on, Enter takes the suggestion, u undoes, ? shows all keys.
Every key is saved in OUTPUT.journal before the screen shows it: the same command goes on from there.
Exit codes: 0 left, 1 failed, 2 usage, bad data, or no terminal`,
    );
}

/** @param args what was typed after `label` @returns the exit code */
export async function runLabelling(args: readonly string[]): Promise<number> {
  const program = labelProgram();
  try {
    program.parse(args, { from: 'user' });
    requireTerminal('labelling', 'For many rows and no person: npx otzyv predict.');
    return await label(program.args[0] as string, program.opts<LabelFlags>(), args);
  } catch (error) {
    // help is how commander ends a run that went well
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    printError(error);
    return exitCodeOf(error);
  }
}

async function label(file: string, flags: LabelFlags, args: readonly string[]): Promise<number> {
  // React's messages for developers cost a third of the time
  process.env['NODE_ENV'] ??= 'production';
  const { explain, loadClassifier, progressOf, withLabelling } = await import('@otzyv/trainer');
  const { showLabelling } = await import('./show-labelling.tsx');
  const output = flags.output ?? beside(file, 'labelled', extname(file));
  const controller = new AbortController();
  const interrupt = () => controller.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt);
  process.stderr.on('error', () => undefined); // nobody is there to be told
  let classifier: Classifier | undefined;
  try {
    if (flags.model !== undefined) {
      say(`loading ${flags.model}`);
      classifier = await loadClassifier(flags.model);
    }
    const model = classifier && { name: flags.model as string, classifier };
    const options = {
      ...{ file, output, model, classes: flags.classes, second: flags.second, limit: flags.limit },
      ...{ textColumn: flags.textColumn, labelColumn: flags.labelColumn },
      ...{ all: flags.all === true, overwrite: flags.overwrite === true },
      ...{ skipBadRows: flags.skipBadRows === true, signal: controller.signal },
      onBadRow: (message: string) => process.stderr.write(`skipped: ${message}\n`),
      onPredicted: (done: number, total: number) => say(`asking the model: ${done} of ${total} reviews`),
      audit: auditOf(flags),
      studioNames: { fromName: flags.fromName, toName: flags.toName },
    };
    return await withLabelling(options, async (labelling) => {
      controller.signal.throwIfAborted();
      process.off('SIGINT', interrupt);
      say('');
      const code = await showLabelling(labelling, {
        ...{ file: basename(file), output: basename(output) },
        isAscii: flags.ascii === true,
        explain:
          classifier &&
          ((text, asked, signal) =>
            explain(classifier as Classifier, text, { label: asked, signal, mostPieces: 32 })),
      });
      const summary = await labelling.write();
      process.stderr.write(told(summary, progressOf(labelling.session), flags, file, args));
      return code;
    });
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    say('');
    return 130;
  } finally {
    process.off('SIGINT', interrupt);
    await classifier?.dispose();
  }
}

function auditOf({ audit, decisions }: LabelFlags) {
  if (audit !== undefined)
    return { file: audit, decisions: decisions ?? beside(audit, 'decided', extname(audit)) };
  if (decisions === undefined) return undefined;
  throw new OtzyvError(
    'options.decisions',
    '--decisions is for the findings of an audit, and there is no --audit',
    'Name the audit with --audit, or the labelled file with --output.',
  );
}

/** @example beside('data/reviews.csv', 'labelled', '.csv') // data/reviews.labelled.csv */
function beside(file: string, what: string, ending: string): string {
  return join(dirname(file), `${basename(file, extname(file))}.${what}${ending}`);
}

function told(
  { output, labelledRows, decisions }: LabellingSummary,
  { done, total, left }: SessionProgress,
  { labelColumn, textColumn }: LabelFlags,
  file: string,
  args: readonly string[],
): string {
  const columns = [
    ...(textColumn === 'text' ? [] : [`--text-column ${quotedForShell(textColumn)}`]),
    ...(labelColumn === 'label' ? [] : [`--label-column ${quotedForShell(labelColumn)}`]),
  ];
  const train = (trained: string, ...more: string[]) =>
    ['npx otzyv train --train', quotedForShell(trained), ...more, ...columns, '--output runs/labelled'].join(
      ' ',
    );
  const isStudio = extname(output).toLowerCase() === '.json';
  return [
    `${done} of ${total} done`,
    `output  ${output}: ${labelledRows} ${isStudio ? 'tasks' : 'rows'} with a label`,
    ...(decisions === undefined ? [] : [`decided ${decisions}`]),
    ...(left === 0 ? [] : [`go on   npx otzyv-tui label ${args.map(quotedForShell).join(' ')}`]),
    ...(isStudio || labelledRows === 0
      ? []
      : [
          `train   ${decisions === undefined ? train(output) : train(file, `--exclude ${quotedForShell(decisions)}`)}`,
        ]),
    '',
  ].join('\n');
}

/** A line that the next one takes the place of. */
function say(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function namesIn(value: string): string[] {
  const names = value.split(',').map((name) => name.trim());
  const twice = names.find((name, i) => names.findIndex((other) => labelKey(other) === labelKey(name)) !== i);
  if (names.includes('')) throw new InvalidArgumentError('a name between two commas is empty');
  if (twice !== undefined) throw new InvalidArgumentError(`"${twice}" is named twice`);
  if (names.length < 2) throw new InvalidArgumentError('there have to be two classes at least');
  return names;
}

function wholeNumber(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError('it has to be a whole number from 1');
  return Number(value);
}
