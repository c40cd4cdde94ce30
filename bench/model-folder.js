// A model's folder of a shape that users have, with random weights: for measuring how fast it answers.
import { join } from 'node:path';
import { learnWordPieces, writeSafetensors } from '@otzyv/trainer';
import { writeJson } from '../packages/trainer/dist/files.js';
import { classifierConfigJson } from '../packages/trainer/dist/model/bert-config.js';
import { newTokenizerFiles, writeTokenizerFiles } from '../packages/trainer/dist/tokenizer/files.js';
import { CLASSES, configJson, randomWeights } from './shapes.js';
import { reviews } from './texts.js';

export const LABELS = Array.from({ length: CLASSES }, (_, i) => `class ${i}`);

const CARD = {
  ...{ schemaVersion: 1, kind: 'bert', source: 'bench', labels: LABELS, cleaning: { preset: 'none' } },
  ...{ maxLength: 128, classCounts: LABELS.map(() => 1), metrics: {}, baseline: {} },
  trainedOn: { file: '', sha256: '', rows: 0, refitted: false },
  ...{ createdAt: '', otzyvVersion: '' },
};

/** Without its ONNX file: `exportModel` adds that. */
export async function writeModel(folder, config) {
  const { texts } = await reviews();
  const options = { lowercase: false };
  const vocabulary = learnWordPieces(texts, { size: 30_000, ...options });
  await writeJson(join(folder, 'config.json'), classifierConfigJson(configJson(config), LABELS));
  await writeSafetensors(join(folder, 'model.safetensors'), randomWeights(config));
  await writeTokenizerFiles(newTokenizerFiles(vocabulary, options), folder, 128);
  await writeJson(join(folder, 'otzyv.json'), CARD);
}
