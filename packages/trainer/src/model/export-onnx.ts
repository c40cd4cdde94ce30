/**
 * `onnx/model.onnx` of a classifier's folder: the graph that was trained, without what training adds, with the
 * weights inside. transformers.js and text-embeddings-inference read it from there.
 */
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { standaloneGraph } from '../engine/onnx/graphs.ts';
import { readJson, writeFileAtomically } from '../files.ts';
import { parseBertConfig } from './bert-config.ts';
import { fitWeights } from './bert-weights.ts';
import { readWeights } from './weights-file.ts';

export function onnxPath(folder: string): string {
  return join(folder, 'onnx', 'model.onnx');
}

export async function writeOnnx(folder: string): Promise<void> {
  await writeFileAtomically(onnxPath(folder), await onnxBytes(folder));
}

/** @throws OtzyvError `model.no-classifier` where the folder holds an encoder only */
export async function onnxBytes(folder: string): Promise<Uint8Array> {
  const configPath = join(folder, 'config.json');
  const config = parseBertConfig(await readJson(configPath), configPath);
  const { tensors, file } = await readWeights(folder);
  const classes = config.labels?.length ?? 0;
  const { weights, newWeights } = fitWeights(tensors, config, { classes, seed: 0, keepHead: true, file });
  if (classes === 0 || newWeights.length > 0) {
    throw new OtzyvError(
      'model.no-classifier',
      `${file} has no weights for ${newWeights.join(', ')}: an encoder, not a classifier`,
      'Fine-tune it first: otzyv train --model …',
    );
  }
  return standaloneGraph(config, classes, weights);
}
