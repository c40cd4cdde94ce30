/**
 * A model folder that needs nothing else: what Hugging Face's libraries read, ONNX file included, and what
 * Otzyv knows besides.
 */
import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import type { FetchOptions } from '../hub/fetch-model.ts';
import { writeOnnx } from '../model/export-onnx.ts';
import { exists, MODEL_FILE, type ModelCard, readModelCard } from '../model/model-folder.ts';
import { resolveModelFolder } from './classifier.ts';
import { copyBert, copyModel } from './copy-model.ts';
import {
  heldOutTexts,
  type QuantizationCost,
  type QuantizeOptions,
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
 * what Otzyv knows beside them; nothing else is copied.
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
  let quantization: QuantizationCost | undefined;
  if (quantize !== undefined) {
    const trained = requireQuantizable(card, nameOrPath);
    const validation = quantize.validation ?? (await heldOutTexts(nameOrPath, trained));
    await copyBert(source, target, trained, async (unfinished) => {
      await writeOnnx(unfinished);
      quantization = await quantizeModel(unfinished, trained, quantize, validation);
    });
  } else if (card?.kind === 'linear' || card?.kind === 'ensemble') await copyModel(source, target);
  else await copyBert(source, target, card, writeOnnx);
  return { folder: output, files: await listFiles(target), ...(quantization && { quantization }) };
}

function requireQuantizable(card: ModelCard | undefined, name: string): ModelCard {
  if (card?.kind === 'bert') return card;
  throw new OtzyvError(
    'options.quantize',
    card === undefined
      ? `${name} was not written by Otzyv: it has no ${MODEL_FILE} to note in what int8 costs`
      : `${name} is a linear model: it has no dense layers to quantise, and is small and fast as it is`,
    'Leave --quantize out.',
  );
}

async function listFiles(folder: string): Promise<ExportedModel['files']> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (path) => ({ name: relative(folder, path), bytes: (await stat(path)).size })),
  );
}
