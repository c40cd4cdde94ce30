/** otzyv ensemble: several trained models that answer as one. */
import { Command, InvalidArgumentError } from 'commander';
import { fetching } from '../fetching.ts';
import { addDataFlags, type DataFlags, labelledFile } from '../flags/data-flags.ts';
import { number, required } from '../flags/values.ts';
import { workOrNothing } from '../interrupt.ts';
import { describeEnsemble } from '../terminal/ensemble.ts';
import { count } from '../terminal/format.ts';

interface EnsembleFlags extends DataFlags {
  output?: string;
  validation?: string;
  weights?: number[];
  overwrite?: boolean;
  offline?: boolean;
  json?: boolean;
}

export const ensembleCommand = addDataFlags(
  new Command('ensemble')
    .description('Let several trained models answer as one, weighted by what validation data teaches.')
    .argument('[models...]', "runs' folders, models' folders or hub ids: two or more")
    .option('--output <folder>', 'where the ensemble goes')
    .option(
      '--validation <file>',
      'labelled file to learn the weights on (default: the rows that all runs held out)',
    )
    .option('--weights <list>', 'say the weights instead, e.g. 0.3,0.7', weightList)
    .option('--overwrite', 'replace an ensemble that lies in the output folder')
    .option('--offline', 'use the cache only, never the network')
    .option('--json', 'print the result as JSON on stdout'),
)
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv ensemble runs/linear runs/micro --output runs/both
  $ otzyv ensemble runs/linear models/reviews --validation-file held-out.csv --output runs/both
  $ otzyv predict --model runs/both --input test.csv --output test_pred.csv

The models must know the same labels. Runs on the same file with the same --seed were validated on the
same rows, and nothing need be answered anew. What is printed for all together is measured on rows that
their weights were not learned from.`,
  )
  .action(async (models: string[], flags: EnsembleFlags) => {
    const output = required(flags.output, '--output', 'the folder to make');
    const { trainEnsemble } = await import('@otzyv/trainer');
    await workOrNothing(async (progress, { signal }) => {
      const trained = await trainEnsemble({
        models,
        output,
        weights: flags.weights,
        validation:
          flags.validation === undefined
            ? undefined
            : labelledFile(flags.validation, flags, (message) => progress.say(`skipped: ${message}`)),
        overwrite: flags.overwrite === true,
        fetch: fetching(progress, flags),
        signal,
        onProgress: (model, done, total) =>
          progress.update(`${model} answers`, done / total, `${count(done)} texts`),
      });
      progress.clear();
      const measuredOn = flags.validation === undefined ? 'that all runs held out' : `of ${flags.validation}`;
      process.stdout.write(
        `${flags.json ? JSON.stringify(trained) : describeEnsemble(trained, measuredOn)}\n`,
      );
    });
  });

function weightList(value: string): number[] {
  const weights = value.split(',').map(number);
  if (weights.some((weight) => weight < 0)) throw new InvalidArgumentError('No weight may be below zero.');
  return weights;
}
