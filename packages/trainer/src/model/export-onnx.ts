/**
 * `onnx/model.onnx` of a classifier's folder: the graph that was trained, without what training adds, with the
 * weights inside. transformers.js and text-embeddings-inference read it from there.
 */
import { join } from 'node:path';
import { fingerprintFile } from '../data/fingerprint.ts';
import { standaloneGraph } from '../engine/onnx/graphs.ts';
import { writeFileAtomically } from '../files.ts';
import { exists, readModelCard, writeModelCard } from './model-folder.ts';
import { readSavedClassifier, type SavedClassifier } from './saved-classifier.ts';

export function onnxPath(folder: string): string {
  return join(folder, 'onnx', 'model.onnx');
}

/** Notes in the folder's card, if it has one, which weights the file was made from. */
export async function writeOnnx(folder: string): Promise<void> {
  await writeFileAtomically(onnxPath(folder), onnxBytes(await readSavedClassifier(folder)));
  const card = await readModelCard(folder);
  if (card !== undefined) await writeModelCard(folder, { ...card, onnxMadeFrom: await weightsHash(folder) });
}

/** Whether the file was made by us from the weights that lie in the folder now: they may have been trained on. */
export async function hasCurrentOnnx(folder: string): Promise<boolean> {
  const card = await readModelCard(folder);
  if (card?.onnxMadeFrom === undefined || !(await exists(onnxPath(folder)))) return false;
  return card.onnxMadeFrom === (await weightsHash(folder));
}

export function onnxBytes({ config, labels, weights }: SavedClassifier): Uint8Array {
  return standaloneGraph(config, labels.length, weights);
}

async function weightsHash(folder: string): Promise<string> {
  return (await fingerprintFile(join(folder, 'model.safetensors'))).sha256;
}
