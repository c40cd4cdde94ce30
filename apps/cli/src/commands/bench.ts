/** otzyv bench: how a model answers fastest on this machine, measured and remembered. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { Command } from 'commander';
import { fetching } from '../fetching.ts';
import { positive, required } from '../flags/values.ts';
import { workOrNothing } from '../interrupt.ts';
import { count, counted } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

interface BenchFlags {
  model?: string;
  input?: string;
  textColumn: string;
  rows: number;
  dtype?: string;
  offline?: boolean;
  json?: boolean;
}

export const benchCommand = new Command('bench')
  .description(
    'Measure with how many threads and texts at once a BERT answers fastest here, and remember it.',
  )
  .option('--model <name>', "a run's folder, a model's folder or a hub id")
  .option('--input <file>', 'texts like those to come (default: what the run held out)')
  .option('--text-column <name>', 'column that holds the texts', 'text')
  .option('--rows <n>', 'texts to measure on, from the beginning of the file', positive, 512)
  .option('--dtype <name>', 'float32, or int8 where the folder has it')
  .option('--offline', 'use the cache only, never the network')
  .option('--json', 'print what was measured as JSON on stdout')
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv bench --model runs/micro
  $ otzyv bench --model models/reviews --input reviews.csv --dtype int8

What was fastest is remembered in the model's folder (tuning.json), and holds on this machine only.`,
  )
  .action(async (flags: BenchFlags) => {
    const model = required(flags.model, '--model', 'the model to measure');
    const { firstTexts, resolveDtype, tuneClassifier } = await import('@otzyv/trainer');
    const texts = await firstTexts(flags.input ?? heldOut(model), flags.textColumn, flags.rows);
    await workOrNothing(async (progress, { signal }) => {
      const result = await tuneClassifier(model, texts, {
        ...fetching(progress, flags),
        ...(flags.dtype !== undefined && { dtype: resolveDtype(flags.dtype) }),
        signal,
        onTrial: ({ threads, batchSize }) =>
          progress.update(
            'measuring',
            undefined,
            `${counted(threads, 'thread')}, ${batchSize} texts at once`,
          ),
      });
      progress.clear();
      if (flags.json) {
        process.stdout.write(`${JSON.stringify({ model, ...result })}\n`);
        return;
      }
      const { trials, best, folder } = result;
      const lines = trials.map((trial) => [
        String(trial.threads),
        String(trial.batchSize),
        count(Math.round(trial.textsPerSecond)),
        trial === best ? 'fastest' : '',
      ]);
      const remembered =
        folder === undefined
          ? "not remembered: the model lies in the hub's cache (otzyv export makes a folder of it)"
          : `remembered in ${join(folder, 'tuning.json')}`;
      process.stdout.write(
        `${table(['threads', 'texts at once', 'texts/s', ''], lines)}\n\n${counted(texts.length, 'text')} · ${remembered}\n`,
      );
    }, 'nothing is remembered');
  });

function heldOut(model: string): string {
  const files = [model, join(model, '..')].map((run) => join(run, 'validation_pred.csv'));
  const found = files.find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new OtzyvError(
    'options.missing',
    `--input is missing: ${model} is no run, which would have texts of its own`,
    'Name a file with texts like those to come: --input FILE --text-column text.',
  );
}
