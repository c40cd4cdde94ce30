// The two models that users fine-tune, with random weights: their shapes are what takes the time.
import { bertParameters } from '@otzyv/trainer';
import { initialTensor } from '../packages/trainer/dist/model/bert-parameters.js';

const common = {
  ...{ activation: 'gelu', hiddenDropout: 0.1, attentionDropout: 0.1, classifierDropout: 0.1 },
  ...{ maxPositions: 512, tokenTypes: 2, initializerRange: 0.02, layerNormEpsilon: 1e-12, padTokenId: 0 },
};

export const SHAPES = {
  /** no one's: to see that a measurement runs */
  smoke: { ...common, vocabularySize: 83_828, hiddenSize: 32, layers: 2, heads: 4, intermediateSize: 64 },
  tiny2: { ...common, vocabularySize: 83_828, hiddenSize: 312, layers: 3, heads: 12, intermediateSize: 600 },
  base: {
    ...common,
    vocabularySize: 119_547,
    hiddenSize: 768,
    layers: 12,
    heads: 12,
    intermediateSize: 3072,
  },
};

export const CLASSES = 9;

export function randomWeights(config) {
  return new Map(bertParameters(config, CLASSES).map((spec) => [spec.name, initialTensor(spec, config, 1)]));
}

/** As transformers writes it. */
export function configJson(config) {
  return {
    model_type: 'bert',
    vocab_size: config.vocabularySize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    intermediate_size: config.intermediateSize,
    max_position_embeddings: config.maxPositions,
    pad_token_id: 0,
  };
}
