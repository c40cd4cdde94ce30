// A model's folder of a shape that users have, with random weights: for measuring how fast it answers.
import { writeFile } from 'node:fs/promises';
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

/** For `exportModel`: what int8 costs is nothing to measure on random weights. */
export async function quantizedAnyhow(root) {
  const file = join(root, 'labels.csv');
  await writeFile(file, ['text,label', ...LABELS.map((label) => `отзыв,${label}`)].join('\n'));
  return {
    quantize: { maxF1Drop: 1, validation: { file, textColumn: 'text', labelColumn: 'label' } },
  };
}
