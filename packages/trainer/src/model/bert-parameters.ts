/**
 * The parameters of a BERT and of a classifier on it: their names, shapes and first values.
 */
import { createRandom } from '@otzyv/core';
import type { BertConfig } from './bert-config.ts';
import type { Tensor } from './safetensors.ts';

/** One parameter: what it is called, how large it is, how it begins. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: 'normal' | 'zeros' | 'ones';
  /** Whether weight decay applies: to all but biases and LayerNorm, as in the Trainer. */
  readonly decays: boolean;
}

/** In the order of transformers' state dict. */
export function bertParameters(config: BertConfig, classes: number): ParameterSpec[] {
  const { hiddenSize: hidden } = config;
  return [
    ...encoderParameters(config),
    ...dense('bert.pooler.dense', hidden, hidden),
    ...dense('classifier', hidden, classes),
  ];
}

/** What every BERT has, whatever is on it. */
export function encoderParameters(config: BertConfig): ParameterSpec[] {
  const { hiddenSize: hidden, intermediateSize: intermediate } = config;
  const table = (name: string, rows: number) =>
    spec(`bert.embeddings.${name}.weight`, [rows, hidden], 'normal');
  return [
    table('word_embeddings', config.vocabularySize),
    table('position_embeddings', config.maxPositions),
    table('token_type_embeddings', config.tokenTypes),
    ...norm('bert.embeddings.LayerNorm', hidden),
    ...Array.from({ length: config.layers }, (_, layer) => `bert.encoder.layer.${layer}`).flatMap((name) => [
      ...dense(`${name}.attention.self.query`, hidden, hidden),
      ...dense(`${name}.attention.self.key`, hidden, hidden),
      ...dense(`${name}.attention.self.value`, hidden, hidden),
      ...dense(`${name}.attention.output.dense`, hidden, hidden),
      ...norm(`${name}.attention.output.LayerNorm`, hidden),
      ...dense(`${name}.intermediate.dense`, hidden, intermediate),
      ...dense(`${name}.output.dense`, intermediate, hidden),
      ...norm(`${name}.output.LayerNorm`, hidden),
    ]),
  ];
}

/** First values as transformers gives them: N(0, initializer_range), zeros, ones. Each name has a stream of its own. */
export function initialTensor(spec: ParameterSpec, config: BertConfig, seed: number): Tensor {
  const data = new Float32Array(spec.shape.reduce((product, dim) => product * dim, 1));
  if (spec.initial === 'ones') data.fill(1);
  if (spec.initial === 'normal') {
    const random = createRandom(seed, 'weights', spec.name);
    for (let i = 0; i < data.length; i++) data[i] = random.normal() * config.initializerRange;
  }
  return { shape: spec.shape, data };
}

export function dense(name: string, from: number, to: number): ParameterSpec[] {
  return [spec(`${name}.weight`, [to, from], 'normal'), spec(`${name}.bias`, [to], 'zeros')];
}

export function norm(name: string, size: number): ParameterSpec[] {
  return [
    { ...spec(`${name}.weight`, [size], 'ones'), decays: false },
    spec(`${name}.bias`, [size], 'zeros'),
  ];
}

function spec(name: string, shape: readonly number[], initial: ParameterSpec['initial']): ParameterSpec {
  return { name, shape, initial, decays: !name.endsWith('.bias') };
}
