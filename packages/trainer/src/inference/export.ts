/**
 * A model folder that needs nothing else: what Hugging Face's libraries read, ONNX file included, and what
 * Otzyv knows besides.
 */
import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import type { FetchOptions } from '../hub/fetch-model.ts';
import { writeOnnx } from '../model/export-onnx.ts';
import { exists, type ModelCard, readModelCard } from '../model/model-folder.ts';
import { resolveModelFolder } from './classifier.ts';
import { copyBert, copyEnsemble, copyModel } from './copy-model.ts';
import {
  heldOutTexts,
  notOurs,
  type QuantizationCost,
  type QuantizeOptions,
  quantizableBerts,
  quantizeModel,
} from './quantize-model.ts';

/** What was written, with sizes in bytes. */
export interface ExportedModel {
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** Where one was asked for. */
  readonly quantization?: QuantizationCost;
}

/** How models are had from the hub, and whether a file of 8 bits is to be added. */
export interface ExportOptions extends FetchOptions {
  readonly quantize?: QuantizeOptions | undefined;
}

/**
 * Whatever the source holds, the folder gets one `model.safetensors` in float32, both files of the tokenizer, and
 * what Otzyv knows beside them; nothing else is copied. An ensemble gets its members, for Otzyv to answer with.
 * @throws OtzyvError `run.exists` when the target is there already, `model.quantization-loss` when int8 costs too much;
 * nothing is written then
 */
export async function exportModel(
  nameOrPath: string,
  output: string,
  { quantize, ...fetch }: ExportOptions = {},
): Promise<ExportedModel> {
  const source = resolve(await resolveModelFolder(nameOrPath, fetch));
  const target = resolve(output);
  if (await exists(target)) {
    throw new OtzyvError('run.exists', `${output} exists already`, 'Choose another --output.');
  }
  if (target.startsWith(source + sep)) {
    throw new OtzyvError(
      'run.exists',
      `${output} lies inside the model it is made from`,
      'Choose another --output.',
    );
  }
  const card = await readModelCard(source);
  const addQuantized = quantize && (await quantizer(nameOrPath, source, card, quantize));
  let quantization: QuantizationCost | undefined;
  const complete = async (unfinished: string) => {
    quantization = await addQuantized?.(unfinished);
  };
  if (card?.kind === 'linear') await copyModel(source, target);
  else if (card?.kind === 'ensemble') await copyEnsemble(source, target, card, complete);
  else
    await copyBert(source, target, card, async (unfinished) => {
      await writeOnnx(unfinished);
      await complete(unfinished);
    });
  return { folder: output, files: await listFiles(target), ...(quantization && { quantization }) };
}

/** All that can be wrong is found before anything is copied. */
async function quantizer(
  nameOrPath: string,
  source: string,
  card: ModelCard | undefined,
  options: QuantizeOptions,
): Promise<(unfinished: string) => Promise<QuantizationCost>> {
  if (card === undefined) throw notOurs(nameOrPath);
  await quantizableBerts(source, card);
  const validation = options.validation ?? (await heldOutTexts(nameOrPath, card));
  return (unfinished) => quantizeModel(unfinished, card, options, validation);
}

async function listFiles(folder: string): Promise<ExportedModel['files']> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (path) => ({ name: relative(folder, path), bytes: (await stat(path)).size })),
  );
}
