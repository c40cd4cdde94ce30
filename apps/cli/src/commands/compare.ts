/** otzyv compare: whether one model is really better than another, or had luck. */
import { resolveMetric } from '@otzyv/core';
import { Command } from 'commander';
import { fetching } from '../fetching.ts';
import { addDataFlags, type DataFlags, labelledFile } from '../flags/data-flags.ts';
import { required, share } from '../flags/values.ts';
import { workOrNothing } from '../interrupt.ts';
import { describeComparison } from '../terminal/comparison.ts';
import { count } from '../terminal/format.ts';

interface CompareFlags extends DataFlags {
  input?: string;
  metric: string;
  gate?: boolean;
  tolerance?: number;
  offline?: boolean;
  json?: boolean;
}

export const compareCommand = addDataFlags(
  new Command('compare')
    .description('Tell whether the second model is better or worse than the first, or only luckier.')
    .argument('[first]', 'the model in use: a run, a cross-validation, a model folder or a predictions file')
    .argument('[second]', 'the new one')
    .option('--input <file>', 'labelled file that neither has learned from (default: the rows both held out)')
    .option('--metric <name>', 'by which the verdict is given', 'f1_weighted')
    .option('--gate', 'exit with 1 where the second is worse beyond chance')
    .option('--tolerance <n>', 'a loss up to this is none, e.g. 0.01', share)
    .option('--offline', 'use the cache only, never the network')
    .option('--json', 'print the comparison as JSON on stdout'),
)
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv compare runs/cross-entropy runs/focal
  $ otzyv compare runs/in-use runs/new --input held-out.csv --metric f1_macro
  $ otzyv compare models/in-use runs/new --input held-out.csv --gate && cp -r runs/new/best models/next

Both must have answered the same rows. Runs on one file with the same --seed have; otherwise --input lets both
answer a file now. Predictions files are a run's validation_pred.csv or a cross-validation's oof_pred.csv.`,
  )
  .action(async (one: string | undefined, other: string | undefined, flags: CompareFlags) => {
    const first = required(one, 'the first model', 'otzyv compare FIRST SECOND');
    const second = required(other, 'the second model', 'otzyv compare FIRST SECOND');
    const { name: metric } = resolveMetric(flags.metric);
    const { compareModels } = await import('@otzyv/trainer');
    await workOrNothing(async (progress, { signal }) => {
      const compared = await compareModels({
        ...{ first, second, metric, tolerance: flags.tolerance },
        input:
          flags.input === undefined
            ? undefined
            : labelledFile(flags.input, flags, (message) => progress.say(`skipped: ${message}`)),
        fetch: fetching(progress, flags),
        signal,
        onProgress: (model, done, total) =>
          progress.update(`${model} answers`, done / total, `${count(done)} texts`),
      });
      progress.clear();
      process.stdout.write(`${flags.json ? JSON.stringify(compared) : describeComparison(compared)}\n`);
      if (flags.gate && compared.verdict === 'worse') process.exitCode = 1;
    });
  });
