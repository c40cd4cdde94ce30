/** otzyv export: a folder that other programs load. */
import { Command } from 'commander';
import { fetching } from '../fetching.ts';
import { bytes } from '../terminal/format.ts';
import { createProgress } from '../terminal/progress.ts';
import { table } from '../terminal/table.ts';
import { required } from '../training-flags.ts';

interface ExportFlags {
  model?: string;
  output?: string;
  offline?: boolean;
  json?: boolean;
}

export const exportCommand = new Command('export')
  .description('Write a self-sufficient model folder: safetensors, tokenizer and ONNX.')
  .option('--model <name>', "a run's folder, a model's folder or a hub id")
  .option('--output <folder>', 'the folder to make')
  .option('--offline', 'use the cache only, never the network')
  .option('--json', 'print the files as JSON on stdout')
  .addHelpText(
    'after',
    `
Example:
  $ otzyv export --model runs/micro --output models/reviews

The folder of a BERT loads in transformers (Python), transformers.js and text-embeddings-inference.
A linear model's folder loads in Otzyv.`,
  )
  .action(async (flags: ExportFlags) => {
    const model = required(flags.model, '--model', 'the model to export');
    const output = required(flags.output, '--output', 'the folder to make');
    const { exportModel } = await import('@otzyv/trainer');
    const progress = createProgress();
    const exported = await exportModel(model, output, fetching(progress, flags));
    progress.clear();
    if (flags.json) process.stdout.write(`${JSON.stringify(exported)}\n`);
    else
      process.stdout.write(
        `${table(
          ['file', 'size'],
          exported.files.map((file) => [file.name, bytes(file.bytes)]),
        )}\n\nwritten to ${output}\n`,
      );
  });
