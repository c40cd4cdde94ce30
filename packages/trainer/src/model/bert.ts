/**
 * BERT with a classification head, over `Ops<T>`: the one definition that trains, evaluates and is exported.
 * Weights keep the names and layouts of transformers' `BertForSequenceClassification`.
 * Reference: Devlin et al. 2018, https://arxiv.org/abs/1810.04805
 */
import type { Ops } from '@otzyv/core';
import type { BertConfig } from './bert-config.ts';

/** What a batch of texts is to BERT. */
export interface BertInputs<T> {
  /** integers [batch, time] */
  readonly inputIds: T;
  /** integers [batch, time]: 1 for a token, 0 for padding */
  readonly attentionMask: T;
  /** integers [batch, time] */
  readonly tokenTypeIds: T;
}

/** A weight by its name in the state dict of transformers. */
export type WeightOf<T> = (name: string) => T;

/**
 * Of the last layer only [CLS] is read, so only [CLS] is worked out there: the same logits for fewer products.
 * @returns logits [batch, classes]
 */
export function bertClassifier<T>(
  ops: Ops<T>,
  weight: WeightOf<T>,
  inputs: BertInputs<T>,
  config: BertConfig,
): T {
  const dense = denseLayer(ops, weight);
  const bias = attentionBias(ops, inputs.attentionMask);
  const hidden = encoderLayers(ops, weight, inputs, bias, config, config.layers - 1);
  const first = ops.reshape(ops.select(hidden, 1, 0), ['keep', 1, config.hiddenSize]);
  const text = encoderLayer(ops, weight, config.layers - 1, first, hidden, bias, config); // [batch, 1, hidden]
  const pooled = ops.tanh(dense(ops.select(text, 1, 0), 'bert.pooler.dense'));
  return dense(ops.dropout(pooled, config.classifierDropout), 'classifier');
}

/** @returns the last hidden states of all tokens [batch, time, hidden] */
export function bertEncoder<T>(
  ops: Ops<T>,
  weight: WeightOf<T>,
  inputs: BertInputs<T>,
  config: BertConfig,
): T {
  const bias = attentionBias(ops, inputs.attentionMask);
  return encoderLayers(ops, weight, inputs, bias, config, config.layers);
}

/** The embeddings, and so many layers on them. */
function encoderLayers<T>(
  ops: Ops<T>,
  weight: WeightOf<T>,
  inputs: BertInputs<T>,
  bias: T,
  config: BertConfig,
  layers: number,
): T {
  let hidden = embeddings(ops, weight, inputs, config);
  for (let layer = 0; layer < layers; layer++) {
    hidden = encoderLayer(ops, weight, layer, hidden, hidden, bias, config);
  }
  return hidden;
}

function embeddings<T>(ops: Ops<T>, weight: WeightOf<T>, inputs: BertInputs<T>, config: BertConfig): T {
  const table = (name: string) => weight(`bert.embeddings.${name}.weight`);
  const words = ops.gather(table('word_embeddings'), inputs.inputIds); // [batch, time, hidden]
  const types = ops.gather(table('token_type_embeddings'), inputs.tokenTypeIds);
  const positions = ops.gather(table('position_embeddings'), ops.range(inputs.inputIds, 1)); // [time, hidden]
  const sum = ops.add(ops.add(words, types), positions);
  return ops.dropout(layerNorm(ops, weight, 'bert.embeddings.LayerNorm', sum, config), config.hiddenDropout);
}

/** 0 where there is a token, very negative where there is padding. @returns [batch, 1, 1, time] */
function attentionBias<T>(ops: Ops<T>, attentionMask: T): T {
  const mask = ops.reshape(ops.toFloat(attentionMask), ['keep', 1, 1, -1]);
  return ops.multiply(ops.subtract(ops.scalar(1), mask), ops.scalar(-1e9));
}

/**
 * @param tokens whose states are wanted [batch, some, hidden]
 * @param all    the tokens that they attend to [batch, time, hidden]
 * @returns [batch, some, hidden]
 */
function encoderLayer<T>(
  ops: Ops<T>,
  weight: WeightOf<T>,
  layer: number,
  tokens: T,
  all: T,
  bias: T,
  config: BertConfig,
): T {
  const name = `bert.encoder.layer.${layer}`;
  const dense = denseLayer(ops, weight);
  const addAndNorm = (block: string, x: T, residual: T) => {
    const projected = ops.dropout(dense(x, `${block}.dense`), config.hiddenDropout);
    return layerNorm(ops, weight, `${block}.LayerNorm`, ops.add(projected, residual), config);
  };

  const context = attention(ops, weight, `${name}.attention.self`, tokens, all, bias, config);
  const attended = addAndNorm(`${name}.attention.output`, context, tokens);
  const expanded = activation(ops, dense(attended, `${name}.intermediate.dense`), config);
  return addAndNorm(`${name}.output`, expanded, attended);
}

function attention<T>(
  ops: Ops<T>,
  weight: WeightOf<T>,
  name: string,
  tokens: T,
  all: T,
  bias: T,
  config: BertConfig,
): T {
  const dense = denseLayer(ops, weight);
  const headSize = config.hiddenSize / config.heads;
  const split = (x: T) =>
    ops.transpose(ops.reshape(x, ['keep', 'keep', config.heads, headSize]), [0, 2, 1, 3]);

  const scores = ops.matmul(split(dense(tokens, `${name}.query`)), split(dense(all, `${name}.key`)), {
    transposeB: true,
    scale: 1 / Math.sqrt(headSize),
  });
  const probabilities = ops.softmax(ops.add(scores, bias)); // [batch, heads, some, time]
  const context = ops.matmul(
    ops.dropout(probabilities, config.attentionDropout),
    split(dense(all, `${name}.value`)),
  );
  return ops.reshape(ops.transpose(context, [0, 2, 1, 3]), ['keep', 'keep', config.hiddenSize]);
}

export function activation<T>(ops: Ops<T>, x: T, config: BertConfig): T {
  switch (config.activation) {
    case 'gelu':
      return ops.gelu(x);
    case 'relu':
      return ops.relu(x);
    case 'gelu_new':
    case 'gelu_pytorch_tanh': {
      // Hendrycks & Gimpel's approximation: x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))
      const cube = ops.multiply(ops.multiply(x, x), x);
      const inner = ops.multiply(
        ops.add(x, ops.multiply(cube, ops.scalar(0.044715))),
        ops.scalar(Math.sqrt(2 / Math.PI)),
      );
      return ops.multiply(ops.multiply(x, ops.scalar(0.5)), ops.add(ops.tanh(inner), ops.scalar(1)));
    }
  }
}

export function layerNorm<T>(ops: Ops<T>, weight: WeightOf<T>, name: string, x: T, config: BertConfig): T {
  return ops.layerNorm(x, weight(`${name}.weight`), weight(`${name}.bias`), config.layerNormEpsilon);
}

function denseLayer<T>(ops: Ops<T>, weight: WeightOf<T>) {
  return (x: T, name: string) => ops.linear(x, weight(`${name}.weight`), weight(`${name}.bias`));
}
