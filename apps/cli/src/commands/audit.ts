/** otzyv audit: which labels are probably wrong, in a file that a person works through and that training takes. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ISSUE_FILTERS, type IssueFilter, OtzyvError } from '@otzyv/core';
import { Command, Option } from 'commander';
import { addDataFlags } from '../flags/data-flags.ts';
import { required } from '../flags/values.ts';
import { type Interruption, workOrNothing } from '../interrupt.ts';
import { describeAudit } from '../terminal/audit.ts';
import type { Progress } from '../terminal/progress.ts';

interface AuditFlags {
  train?: string;
  validation?: string;
  output?: string;
  predictions?: string;
  groupColumn?: string;
  filterBy?: IssueFilter;
  textColumn?: string;
  labelColumn?: string;
  skipBadRows?: boolean;
  overwrite?: boolean;
  json?: boolean;
}

export const auditCommand = addDataFlags(
  new Command('audit')
    .description('Find labels that are probably wrong, contradictions and leaks, worst first.')
    .option('--train <file>', 'labelled CSV, TSV or JSONL')
    .option('--validation <file>', 'labelled file to validate on: which of its texts are trained on, too?')
    .option('--output <file>', 'the table to make: CSV, TSV or JSONL')
    .option(
      '--predictions <path>',
      "a cross-validation's folder or its oof_pred.csv (default: cross-validates linear)",
    )
    .option('--group-column <name>', 'of that cross-validation: whole groups of rows, e.g. all of a product')
    .addOption(
      new Option(
        '--filter-by <name>',
        'how doubtful labels are chosen, as cleanlab names it (default: both)',
      ).choices(ISSUE_FILTERS),
    )
    .option('--overwrite', 'replace a file that is there, and the decisions in it')
    .option('--json', 'print what was found as JSON on stdout'),
)
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv audit --train reviews.csv --output audit.csv
  $ otzyv audit --train reviews.csv --predictions runs/cv --validation held-out.csv --output audit.csv
  $ otzyv train --train reviews.csv --exclude audit.csv --output runs/audited

kind is "label" (probably wrong), "conflict" (one text under several labels) or "leak" (stands in the
validation file too). Work through it from the top, and write into the column "decision":
  exclude   the row is not trained on: filled in already where it is sure
  a label   the row gets this label
  keep      or nothing: the row stays as it is`,
  )
  .action(async (flags: AuditFlags) => {
    const output = required(flags.output, '--output', 'the table to make');
    required(flags.train, '--train', 'the labelled file to look through');
    if (existsSync(output) && flags.overwrite !== true) {
      throw new OtzyvError(
        'data.exists',
        `${output} is there already, and may hold your decisions`,
        'Choose another --output, or --overwrite.',
      );
    }
    await workOrNothing(
      (progress, interruption) => audit(flags, output, progress, interruption),
      'an audit writes nothing before its end',
    );
  });

async function audit(
  flags: AuditFlags,
  output: string,
  progress: Progress,
  interruption: Interruption,
): Promise<void> {
  const { auditFile, writeAudit } = await import('@otzyv/trainer');
  const trainFile = flags.train as string;
  const temporary =
    flags.predictions === undefined ? await mkdtemp(join(tmpdir(), 'otzyv-audit-')) : undefined;
  try {
    if (temporary !== undefined && !(await crossValidated(flags, temporary, progress, interruption))) {
      process.exitCode = interruption.exitCode();
      return;
    }
    const result = await auditFile({
      trainFile,
      validationFile: flags.validation,
      textColumn: flags.textColumn ?? 'text',
      labelColumn: flags.labelColumn ?? 'label',
      skipBadRows: flags.skipBadRows === true,
      onBadRow: (message) => progress.say(`skipped: ${message}`),
      predictions: flags.predictions ?? (temporary as string),
      ...(flags.filterBy !== undefined && { filter: flags.filterBy }),
    });
    await writeAudit(output, result.findings);
    progress.clear();
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ train: trainFile, output, ...result })}\n`
        : `${describeAudit(result, trainFile, output)}\n`,
    );
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  }
}

/** @returns whether it came to its end */
async function crossValidated(
  flags: AuditFlags,
  output: string,
  progress: Progress,
  { signal }: Interruption,
): Promise<boolean> {
  const { crossValidate, resolveCrossValidation } = await import('@otzyv/trainer');
  const options = resolveCrossValidation({
    ...{ model: 'linear', output, trainFile: flags.train as string },
    ...{ textColumn: flags.textColumn, labelColumn: flags.labelColumn, groupColumn: flags.groupColumn },
    skipBadRows: flags.skipBadRows,
  });
  let finished = 0;
  const tell = () =>
    progress.update(
      'cross-validating linear',
      finished / options.folds,
      `${finished} of ${options.folds} folds`,
    );
  const outcome = await crossValidate(options, {
    signal,
    listen: (event) => {
      if (event.type === 'fold.finished') finished++;
      if (event.type === 'warning') progress.say(`  ! ${event.message}`);
      else tell();
    },
  });
  return outcome.status === 'completed';
}
