/**
 * The ONNX files of a classifier's folder, with the weights inside: the graph that was trained, without what training
 * adds. transformers.js and text-embeddings-inference read `onnx/model.onnx`; `onnx/model_quantized.onnx` is the
 * name that transformers.js knows the one of 8 bits by.
 */
import { join } from 'node:path';
import { fingerprintFile } from '../data/fingerprint.ts';
import { quantizedGraph, standaloneGraph } from '../engine/onnx/graphs.ts';
import { writeFileAtomically } from '../files.ts';
import { exists, type ModelCard } from './model-folder.ts';
import { readSavedClassifier } from './saved-classifier.ts';

export function quantizedPath(folder: string): string {
  return join(folder, 'onnx', 'model_quantized.onnx');
}

export async function writeOnnx(folder: string): Promise<void> {
  const { config, weights } = await readSavedClassifier(folder);
  await writeFileAtomically(join(folder, 'onnx', 'model.onnx'), standaloneGraph(config, weights));
}

export async function writeQuantizedOnnx(folder: string): Promise<void> {
  const { config, weights } = await readSavedClassifier(folder);
  await writeFileAtomically(quantizedPath(folder), quantizedGraph(config, weights));
}

/** Whether the file was made by us from the weights that lie in the folder now: they may have been trained on. */
export async function hasCurrentQuantized(folder: string, card: ModelCard | undefined): Promise<boolean> {
  if (card?.quantization === undefined || !(await exists(quantizedPath(folder)))) return false;
  return card.quantization.madeFrom === (await weightsHash(folder));
}

/** sha256 of `model.safetensors` */
export async function weightsHash(folder: string): Promise<string> {
  return (await fingerprintFile(join(folder, 'model.safetensors'))).sha256;
}
