/**
 * Where fine-tuning begins: `micro`, a small BERT whose vocabulary is learned from the training texts, or a
 * BERT from a folder or the hub. Either way: a configuration, weights, and the tokenizer's files.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeFileAtomically } from '../files.ts';
import type { FetchOptions } from '../hub/fetch-model.ts';
import { resolveModelFolder } from '../inference/classifier.ts';
import { loadTokenizer, readTokenizerJson, type Tokenizer, tokenizerFromFiles } from '../tokenizer/load.ts';
import { tokenizerFiles } from '../tokenizer/tokenizer-json.ts';
import { learnWordPieces } from '../tokenizer/wordpiece-learner.ts';
import { type BertConfig, classifierConfigJson, parseBertConfig } from './bert-config.ts';
import { bertParameters, initialTensor } from './bert-parameters.ts';
import { fitWeights } from './bert-weights.ts';
import { exists } from './model-folder.ts';
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
  const tokenizerOptions = { lowercase: true, stripAccents: false, foldYo: true, maxLength };
  const vocabulary = learnWordPieces(texts, { size: MICRO.vocab_size, ...tokenizerOptions });
  const files = tokenizerFiles(vocabulary, tokenizerOptions);
  const writeTokenizer = async (folder: string) => {
    for (const [name, content] of Object.entries(files))
      await writeFileAtomically(join(folder, name), content);
  };
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
    tokenizer: await tokenizerFromFiles(files),
    fingerprint: fingerprintOf(configJson, files),
    writeTokenizer,
  };
}

async function fromFolder(options: StartingPointOptions): Promise<StartingPoint> {
  const folder = await resolveModelFolder(options.model, options);
  const path = join(folder, 'config.json');
  const json = (await readJson(path)) as Record<string, unknown>;
  const found = parseBertConfig(json, path);
  const configJson = classifierConfigJson({ ...json, ...dropoutFields(options.dropout) }, options.labels);
  const config = parseBertConfig(configJson, path);
  const { tensors, file } = await readWeights(folder);
  const { weights, newWeights } = fitWeights(tensors, config, {
    classes: options.labels.length,
    seed: options.seed,
    keepHead: found.labels?.join('\n') === options.labels.join('\n'),
    file,
  });
  return {
    config,
    configJson,
    weights,
    newWeights,
    tokenizer: await loadTokenizer(folder),
    fingerprint: fingerprintOf(configJson, await readTokenizerJson(folder)),
    writeTokenizer: (target) => copyTokenizer(folder, target),
  };
}

const TOKENIZER_FILES = [
  'tokenizer_config.json',
  'vocab.txt',
  'special_tokens_map.json',
  'added_tokens.json',
];

/** All of the tokenizer's files; `tokenizer.json` is written even where the source has none, since readers want it. */
async function copyTokenizer(from: string, to: string): Promise<void> {
  await writeFileAtomically(join(to, 'tokenizer.json'), JSON.stringify(await readTokenizerJson(from)));
  for (const name of TOKENIZER_FILES) {
    if (await exists(join(from, name)))
      await writeFileAtomically(join(to, name), await readFile(join(from, name)));
  }
}

function fingerprintOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function dropoutFields(rate: number | undefined) {
  return rate === undefined
    ? {}
    : { hidden_dropout_prob: rate, attention_probs_dropout_prob: rate, classifier_dropout: rate };
}
