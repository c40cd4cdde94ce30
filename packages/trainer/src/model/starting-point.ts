/**
 * Where training begins: `micro`, a small BERT whose vocabulary is learned from the training texts, or a
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
  maskedLmConfigJson,
  parseBertConfig,
  refuseForeignTokens,
} from './bert-config.ts';
import { bertParameters, initialTensor, type ParameterSpec } from './bert-parameters.ts';
import { canonicallyNamed, fitWeights } from './bert-weights.ts';
import { maskedLmParameters } from './masked-lm.ts';
import type { Tensor } from './safetensors.ts';
import { readWeights } from './weights-file.ts';

export interface StartingPoint {
  readonly config: BertConfig;
  /** What will be written as `config.json`. */
  readonly configJson: Record<string, unknown>;
  readonly weights: Map<string, Tensor>;
  /** Tensors that are not trained, and go on into what is saved: a pooler, which masked language modelling has no use for. */
  readonly carried: ReadonlyMap<string, Tensor>;
  /** Parameters that were drawn at random. */
  readonly newWeights: readonly string[];
  readonly tokenizer: Tokenizer;
  /** Of config.json and the tokenizer: a run goes on only with those it was begun with. */
  readonly fingerprint: string;
  /** Puts the tokenizer's files into a model folder. */
  writeTokenizer(folder: string): Promise<void>;
}

/** What the model is to become. */
export type Purpose =
  | { readonly kind: 'classification'; readonly labels: readonly string[] }
  | { readonly kind: 'masked-lm' };

export interface StartingPointOptions extends FetchOptions {
  readonly model: string;
  readonly purpose: Purpose;
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
  { purpose, seed, maxLength, dropout }: StartingPointOptions,
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
  const configJson = configJsonFor(purpose, base);
  const config = parseBertConfig(configJson, 'the configuration of micro');
  const specs = parametersFor(purpose, config);
  return {
    config,
    configJson,
    weights: new Map(specs.map((spec) => [spec.name, initialTensor(spec, config, seed)])),
    carried: new Map(),
    newWeights: specs.map(({ name }) => name),
    ...(await tokenizing(files, configJson, 'micro', maxLength)),
  };
}

async function fromFolder(options: StartingPointOptions): Promise<StartingPoint> {
  const folder = await resolveModelFolder(options.model, options);
  const path = join(folder, 'config.json');
  const json = (await readJson(path)) as Record<string, unknown>;
  parseBertConfig(json, path); // what is no BERT is refused before it is written as one
  const { purpose } = options;
  const configJson = configJsonFor(purpose, { ...json, ...dropoutFields(options.dropout) });
  const config = parseBertConfig(configJson, path);
  const files = await readTokenizerFiles(folder);
  const tokenizer = await tokenizing(files, configJson, folder, options.maxLength);
  refuseForeignTokens(tokenizer.tokenizer, config, folder);
  const { tensors, file } = await readWeights(folder);
  const { weights, newWeights } = fitWeights(tensors, config, {
    specs: parametersFor(purpose, config),
    seed: options.seed,
    isHeadKept: purpose.kind === 'classification' && labelsOf(json)?.join('\n') === purpose.labels.join('\n'),
    file,
  });
  return {
    config,
    configJson,
    weights,
    carried: purpose.kind === 'masked-lm' ? poolerOf(tensors) : new Map(),
    newWeights,
    ...tokenizer,
  };
}

function configJsonFor(purpose: Purpose, base: object): Record<string, unknown> {
  return purpose.kind === 'classification'
    ? classifierConfigJson(base, purpose.labels)
    : maskedLmConfigJson(base);
}

function parametersFor(purpose: Purpose, config: BertConfig): ParameterSpec[] {
  return purpose.kind === 'classification'
    ? bertParameters(config, purpose.labels.length)
    : maskedLmParameters(config);
}

function poolerOf(tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  return new Map([...canonicallyNamed(tensors)].filter(([name]) => name.startsWith('bert.pooler.')));
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
