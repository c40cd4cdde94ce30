/**
 * BERT's head of masked language modelling, over `Ops<T>`: which token stood where now there is a mask. Its output layer
 * is the table of word embeddings itself, so that what is learned there is what fine-tuning begins with. Only masked
 * positions go through the head. Names, layouts and numbers are those of transformers' `BertForMaskedLM`.
 * Reference: Devlin et al. 2018, https://arxiv.org/abs/1810.04805
 */
import type { Ops } from '@otzyv/core';
import { activation, type BertInputs, bertEncoder, layerNorm, type WeightOf } from './bert.ts';
import type { BertConfig } from './bert-config.ts';
import { dense, encoderParameters, norm, type ParameterSpec } from './bert-parameters.ts';

export const DECODER_BIAS = 'cls.predictions.bias';

/**
 * @param positions integers [positions]: the masked places of the batch, counted row by row
 * @returns logits [positions, vocabulary]
 */
export function bertMaskedLm<T>(
  ops: Ops<T>,
  weight: WeightOf<T>,
  inputs: BertInputs<T>,
  positions: T,
  config: BertConfig,
): T {
  const hidden = ops.reshape(bertEncoder(ops, weight, inputs, config), [-1, config.hiddenSize]);
  const masked = ops.gather(hidden, positions); // [positions, hidden]
  const name = 'cls.predictions.transform';
  const projected = ops.linear(masked, weight(`${name}.dense.weight`), weight(`${name}.dense.bias`));
  const transformed = layerNorm(ops, weight, `${name}.LayerNorm`, activation(ops, projected, config), config);
  return ops.linear(transformed, weight('bert.embeddings.word_embeddings.weight'), weight(DECODER_BIAS));
}

/** No pooler: nothing reads it. */
export function maskedLmParameters(config: BertConfig): ParameterSpec[] {
  const { hiddenSize: hidden, vocabularySize } = config;
  return [
    ...encoderParameters(config),
    { name: DECODER_BIAS, shape: [vocabularySize], initial: 'zeros', decays: false },
    ...dense('cls.predictions.transform.dense', hidden, hidden),
    ...norm('cls.predictions.transform.LayerNorm', hidden),
  ];
}
