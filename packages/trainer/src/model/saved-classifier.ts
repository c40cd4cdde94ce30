/**
 * A BERT classifier as its folder holds it, with the names of its classes. Where config.json has none, they are
 * LABEL_0, LABEL_1, …, as in transformers.
 */
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { readJson } from '../files.ts';
import { type BertConfig, labelsOf, parseBertConfig } from './bert-config.ts';
import { bertParameters } from './bert-parameters.ts';
import { fitWeights } from './bert-weights.ts';
import type { Tensor } from './safetensors.ts';
import { readWeights } from './weights-file.ts';

export interface SavedClassifier {
  readonly config: BertConfig;
  readonly configJson: Record<string, unknown>;
  readonly labels: readonly string[];
  readonly weights: ReadonlyMap<string, Tensor>;
}

export async function readConfig(folder: string) {
  const path = join(folder, 'config.json');
  const json = await readJson(path);
  const config = parseBertConfig(json, path);
  const { problem_type: problem } = z.looseObject({ problem_type: z.string().nullish() }).parse(json);
  if (problem === 'multi_label_classification' || problem === 'regression') {
    throw new OtzyvError(
      'model.unsupported',
      `${path}: problem_type "${problem}"`,
      'Otzyv answers with one class a text: choose a model of single_label_classification, or fine-tune this one.',
    );
  }
  return { path, config, configJson: json as Record<string, unknown>, labels: labelsOf(json) };
}

/** @throws OtzyvError `model.no-classifier` where the folder holds an encoder only */
export async function readSavedClassifier(folder: string): Promise<SavedClassifier> {
  const { config, configJson, labels: named } = await readConfig(folder);
  const { tensors, file } = await readWeights(folder);
  const outputs = tensors.get('classifier.weight')?.shape[0] ?? 0;
  const labels = named ?? Array.from({ length: outputs }, (_, id) => `LABEL_${id}`);
  const { weights, newWeights } = fitWeights(tensors, config, {
    ...{ specs: bertParameters(config, labels.length), seed: 0, isHeadKept: true },
    file,
  });
  if (newWeights.length > 0) {
    throw new OtzyvError(
      'model.no-classifier',
      `${file} has no weights for ${newWeights.join(', ')}: an encoder, not a classifier`,
      'Fine-tune it first: otzyv train --model …',
    );
  }
  if (labels.length < 2) {
    throw new OtzyvError(
      'model.unsupported',
      `${file} has one output: a regression, or a yes-or-no score`,
      'Otzyv answers with one class of several: choose another model, or fine-tune this one.',
    );
  }
  return { config, configJson, labels, weights };
}
