/**
 * Where fine-tuning begins: `micro`, a small BERT whose vocabulary is learned from the training texts, or a
 * BERT from a folder or the hub. Either way: a configuration, weights, and the tokenizer's files.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readJson } from '../files.ts';
import type { FetchOptions } from '../hub/fetch-model.ts';
import { resolveModelFolder } from '../inference/classifier.ts';
import {
  newTokenizerFiles,
  readTokenizerFiles,
  type TokenizerFiles,
  writeTokenizerFiles,
} from '../tokenizer/files.ts';
import { createTokenizer, type Tokenizer } from '../tokenizer/load.ts';
import { learnWordPieces } from '../tokenizer/wordpiece-learner.ts';
import {
  type BertConfig,
  classifierConfigJson,
  labelsOf,
  parseBertConfig,
  refuseForeignTokens,
} from './bert-config.ts';
import { bertParameters, initialTensor } from './bert-parameters.ts';
import { fitWeights } from './bert-weights.ts';
import type { Tensor } from './safetensors.ts';
import { readWeights } from './weights-file.ts';

export interface StartingPoint {
  readonly config: BertConfig;
  /** What will be written as `config.json`. */
  readonly configJson: Record<string, unknown>;
  readonly weights: Map<string, Tensor>;
  /** Parameters that were drawn at random. */
  readonly newWeights: readonly string[];
  readonly tokenizer: Tokenizer;
  /** Of config.json and the tokenizer: a run goes on only with those it was begun with. */
  readonly fingerprint: string;
  /** Puts the tokenizer's files into a model folder. */
  writeTokenizer(folder: string): Promise<void>;
}

export interface StartingPointOptions extends FetchOptions {
  readonly model: string;
  readonly labels: readonly string[];
  readonly seed: number;
  readonly maxLength: number;
  /** Replaces the dropout rates of config.json. */
  readonly dropout?: number | undefined;
}

/** 4 layers × 256 stand level with the best linear model on 5,000 reviews before any pre-training; larger ones overfit. */
const MICRO = {
  vocab_size: 6000,
  hidden_size: 256,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  intermediate_size: 1024,
  max_position_embeddings: 512,
  type_vocab_size: 2,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0.1,
  attention_probs_dropout_prob: 0.1,
  initializer_range: 0.02,
  layer_norm_eps: 1e-12,
  pad_token_id: 0,
} as const;

/** @param texts cleaned training texts, from which `micro` learns its vocabulary */
export function startingPoint(
  options: StartingPointOptions,
  texts: readonly string[],
): Promise<StartingPoint> {
  return options.model === 'micro' ? fromScratch(options, texts) : fromFolder(options);
}

async function fromScratch(
  { labels, seed, maxLength, dropout }: StartingPointOptions,
  texts: readonly string[],
): Promise<StartingPoint> {
  const tokenizerOptions = { lowercase: true, stripAccents: false, foldYo: true };
  const vocabulary = learnWordPieces(texts, { size: MICRO.vocab_size, ...tokenizerOptions });
  const files = newTokenizerFiles(vocabulary, tokenizerOptions);
  const base = {
    ...MICRO,
    ...dropoutFields(dropout),
    vocab_size: vocabulary.length,
    max_position_embeddings: Math.max(512, maxLength),
  };
  const configJson = classifierConfigJson(base, labels);
  const config = parseBertConfig(configJson, 'the configuration of micro');
  const specs = bertParameters(config, labels.length);
  return {
    config,
    configJson,
    weights: new Map(specs.map((spec) => [spec.name, initialTensor(spec, config, seed)])),
    newWeights: specs.map(({ name }) => name),
    ...(await tokenizing(files, configJson, 'micro', maxLength)),
  };
}

async function fromFolder(options: StartingPointOptions): Promise<StartingPoint> {
  const folder = await resolveModelFolder(options.model, options);
  const path = join(folder, 'config.json');
  const json = (await readJson(path)) as Record<string, unknown>;
  parseBertConfig(json, path); // what is no BERT is refused before it is written as one
  const configJson = classifierConfigJson({ ...json, ...dropoutFields(options.dropout) }, options.labels);
  const config = parseBertConfig(configJson, path);
  const files = await readTokenizerFiles(folder);
  const tokenizer = await tokenizing(files, configJson, folder, options.maxLength);
  refuseForeignTokens(tokenizer.tokenizer, config, folder);
  const { tensors, file } = await readWeights(folder);
  const { weights, newWeights } = fitWeights(tensors, config, {
    classes: options.labels.length,
    seed: options.seed,
    keepHead: labelsOf(json)?.join('\n') === options.labels.join('\n'),
    file,
  });
  return {
    config,
    configJson,
    weights,
    newWeights,
    ...tokenizer,
  };
}

async function tokenizing(
  files: TokenizerFiles,
  configJson: object,
  place: string,
  maxLength: number,
): Promise<Pick<StartingPoint, 'tokenizer' | 'fingerprint' | 'writeTokenizer'>> {
  return {
    tokenizer: await createTokenizer(files, place),
    fingerprint: createHash('sha256')
      .update(JSON.stringify([configJson, files]))
      .digest('hex'),
    writeTokenizer: (folder) => writeTokenizerFiles(files, folder, maxLength),
  };
}

function dropoutFields(rate: number | undefined) {
  return rate === undefined
    ? {}
    : { hidden_dropout_prob: rate, attention_probs_dropout_prob: rate, classifier_dropout: rate };
}
