/**
 * From the tensors of a file to the parameters of a model. Files differ: an encoder saved alone lacks the
 * prefix `bert.`, old ones call LayerNorm's parameters gamma and beta, pre-training leaves a head we do not want.
 */
import { OtzyvError } from '@otzyv/core';
import type { BertConfig } from './bert-config.ts';
import { initialTensor, type ParameterSpec } from './bert-parameters.ts';
import type { Tensor } from './safetensors.ts';

export interface FittedWeights {
  readonly weights: Map<string, Tensor>;
  /** Parameters that the file did not have, and were drawn at random. */
  readonly newWeights: string[];
}

/**
 * @param tensors of the file, by its names
 * @param specs   what is needed
 * @param isHeadKept whether the file's classification head may serve: its classes are ours
 * @throws OtzyvError `model.wrong-shape`, or `model.not-a-bert` when hardly any name fits
 */
export function fitWeights(
  tensors: ReadonlyMap<string, Tensor>,
  config: BertConfig,
  {
    specs,
    seed,
    isHeadKept,
    file,
  }: { specs: readonly ParameterSpec[]; seed: number; isHeadKept: boolean; file: string },
): FittedWeights {
  const byName = canonicallyNamed(tensors);
  const weights = new Map<string, Tensor>();
  const newWeights: string[] = [];
  for (const spec of specs) {
    const isHead = spec.name.startsWith('classifier.');
    const found = isHead && !isHeadKept ? undefined : byName.get(spec.name);
    if (found === undefined) {
      weights.set(spec.name, initialTensor(spec, config, seed));
      newWeights.push(spec.name);
      continue;
    }
    if (found.shape.join() !== spec.shape.join()) {
      throw new OtzyvError(
        'model.wrong-shape',
        `${file}: tensor "${spec.name}" has the shape [${found.shape.join(', ')}], config.json asks for [${spec.shape.join(', ')}]`,
        'The weights and config.json do not belong together: take both from the same model.',
      );
    }
    if (!found.data.every(Number.isFinite)) {
      throw new OtzyvError(
        'model.not-finite',
        `${file}: tensor "${spec.name}" holds NaN or infinite values`,
        'The model was spoiled when it was trained or saved: take an earlier one.',
      );
    }
    weights.set(spec.name, found);
  }
  const missing = newWeights.filter((name) => name.startsWith('bert.') && !name.startsWith('bert.pooler.'));
  if (missing.length > 0) {
    throw new OtzyvError(
      'model.not-a-bert',
      `${file} lacks ${missing.length} of the encoder's weights, e.g. "${missing[0]}"`,
      'Check that the folder holds a whole BERT and the config.json that belongs to it.',
    );
  }
  return { weights, newWeights };
}

/** The tensors by the names that transformers gives them today. */
export function canonicallyNamed(tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  return new Map([...tensors].map(([name, tensor]) => [canonicalName(name), tensor]));
}

function canonicalName(name: string): string {
  const renamed = name
    .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
    .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
  return /^(embeddings|encoder|pooler)\./.test(renamed) ? `bert.${renamed}` : renamed;
}
