/** otzyv export: a folder that other programs load. */
import { OtzyvError } from '@otzyv/core';
import type { QuantizeOptions } from '@otzyv/trainer';
import { Command } from 'commander';
import { fetching } from '../fetching.ts';
import { addDataFlags, labelledFile } from '../flags/data-flags.ts';
import { number, required } from '../flags/values.ts';
import { bytes } from '../terminal/format.ts';
import { createProgress } from '../terminal/progress.ts';
import { describeQuantization } from '../terminal/quantization.ts';
import { table } from '../terminal/table.ts';

interface ExportFlags {
  model?: string;
  output?: string;
  quantize?: string;
  validation?: string;
  textColumn?: string;
  labelColumn?: string;
  skipBadRows?: boolean;
  maxF1Drop: number;
  force?: boolean;
  offline?: boolean;
  json?: boolean;
}

export const exportCommand = addDataFlags(
  new Command('export')
    .description('Write a self-sufficient model folder: safetensors, tokenizer and ONNX.')
    .option('--model <name>', "a run's folder, a model's folder or a hub id")
    .option('--output <folder>', 'the folder to make')
    .option(
      '--quantize <dtype>',
      'int8: add onnx/model_quantized.onnx, a quarter of the size, and measure its cost',
    )
    .option('--validation <file>', 'labelled file to measure on (default: what the run held out)')
    .option('--max-f1-drop <n>', 'refuse where int8 loses more weighted F1 than this', number, 0.005)
    .option('--force', 'keep the int8 file whatever it loses')
    .option('--offline', 'use the cache only, never the network')
    .option('--json', 'print the files as JSON on stdout'),
)
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv export --model runs/micro --output models/reviews
  $ otzyv export --model runs/micro --output models/reviews --quantize int8
  $ otzyv predict --model models/reviews --dtype int8 --input test.csv --output test_pred.csv

The folder of a BERT loads in transformers (Python), transformers.js and text-embeddings-inference.
A linear model's folder loads in Otzyv.`,
  )
  .action(async (flags: ExportFlags) => {
    const model = required(flags.model, '--model', 'the model to export');
    const output = required(flags.output, '--output', 'the folder to make');
    const { exportModel } = await import('@otzyv/trainer');
    const progress = createProgress();
    const exported = await exportModel(model, output, {
      ...fetching(progress, flags),
      quantize: await quantizeOptions(flags),
    });
    progress.clear();
    if (flags.json) process.stdout.write(`${JSON.stringify(exported)}\n`);
    else
      process.stdout.write(
        `${[
          table(
            ['file', 'size'],
            exported.files.map((file) => [file.name, bytes(file.bytes)]),
          ),
          ...(exported.quantization ? [describeQuantization(exported.quantization)] : []),
          `written to ${output}`,
        ].join('\n\n')}\n`,
      );
  });

async function quantizeOptions(flags: ExportFlags): Promise<QuantizeOptions | undefined> {
  const { resolveDtype } = await import('@otzyv/trainer');
  if (flags.quantize === undefined) {
    if (flags.validation === undefined && flags.force === undefined) return undefined;
    const flag = flags.validation === undefined ? '--force' : '--validation';
    throw new OtzyvError(
      'options.quantize',
      `${flag} means nothing without --quantize`,
      'Add --quantize int8.',
    );
  }
  if (resolveDtype(flags.quantize) !== 'int8') {
    throw new OtzyvError(
      'options.quantize',
      `--quantize ${flags.quantize}: that is what every export holds`,
      'Say --quantize int8, or leave it out.',
    );
  }
  return {
    maxF1Drop: flags.maxF1Drop,
    force: flags.force === true,
    validation: flags.validation === undefined ? undefined : labelledFile(flags.validation, flags),
  };
}
