/**
 * What `config.json` says of a BERT, in Hugging Face's names there and ours here. Fields we do not know stay
 * in the file: a folder read and written again loses nothing.
 */
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';

const ACTIVATIONS = ['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'relu'] as const;

const fields = z.object({
  model_type: z.string().optional(),
  vocab_size: z.int().positive(),
  hidden_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  intermediate_size: z.int().positive(),
  hidden_act: z.enum(ACTIVATIONS).default('gelu'),
  hidden_dropout_prob: z.number().min(0).lt(1).default(0.1),
  attention_probs_dropout_prob: z.number().min(0).lt(1).default(0.1),
  classifier_dropout: z.number().min(0).lt(1).nullish(),
  max_position_embeddings: z.int().positive().default(512),
  type_vocab_size: z.int().positive().default(2),
  initializer_range: z.number().positive().default(0.02),
  layer_norm_eps: z.number().positive().default(1e-12),
  pad_token_id: z.int().nonnegative().nullish(),
  position_embedding_type: z.string().nullish(),
  is_decoder: z.boolean().optional(),
});

/** The shape of a BERT, and its rates of dropout. */
export interface BertConfig {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
  readonly activation: (typeof ACTIVATIONS)[number];
  readonly hiddenDropout: number;
  readonly attentionDropout: number;
  readonly classifierDropout: number;
  readonly maxPositions: number;
  readonly tokenTypes: number;
  readonly initializerRange: number;
  readonly layerNormEpsilon: number;
  readonly padTokenId: number;
}

/**
 * @param json what `config.json` holds
 * @param path of the file, for the error
 * @throws OtzyvError `model.unsupported` for anything but a BERT encoder, `model.broken-config` for a faulty file
 */
export function parseBertConfig(json: unknown, path: string): BertConfig {
  const modelType = (json as { model_type?: unknown } | null)?.model_type;
  if (modelType !== undefined && modelType !== 'bert') {
    throw new OtzyvError(
      'model.unsupported',
      `${path} describes a model of type "${String(modelType)}"`,
      'Otzyv fine-tunes models of type "bert", such as cointegrated/rubert-tiny2 or DeepPavlov/rubert-base-cased.',
    );
  }
  const parsed = fields.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new OtzyvError(
      'model.broken-config',
      `${path}: ${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'is not a model configuration'}`,
      'Check that this is the config.json of a BERT model.',
    );
  }
  const config = parsed.data;
  const positions = config.position_embedding_type ?? 'absolute';
  if (positions !== 'absolute' || config.is_decoder === true) {
    throw new OtzyvError(
      'model.unsupported',
      `${path}: ${config.is_decoder === true ? 'a decoder' : `position_embedding_type "${positions}"`} is not supported`,
      'Choose a BERT encoder with absolute positions.',
    );
  }
  if (config.hidden_size % config.num_attention_heads !== 0) {
    throw new OtzyvError(
      'model.broken-config',
      `${path}: hidden_size ${config.hidden_size} is not a multiple of num_attention_heads ${config.num_attention_heads}`,
      'Correct one of the two.',
    );
  }
  return {
    vocabularySize: config.vocab_size,
    hiddenSize: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    intermediateSize: config.intermediate_size,
    activation: config.hidden_act,
    hiddenDropout: config.hidden_dropout_prob,
    attentionDropout: config.attention_probs_dropout_prob,
    classifierDropout: config.classifier_dropout ?? config.hidden_dropout_prob,
    maxPositions: config.max_position_embeddings,
    tokenTypes: config.type_vocab_size,
    initializerRange: config.initializer_range,
    layerNormEpsilon: config.layer_norm_eps,
    padTokenId: config.pad_token_id ?? 0,
  };
}

/** The `config.json` of a classifier: what came with the encoder, with our labels in it. Weights are float32. */
export function classifierConfigJson(base: object, labels: readonly string[]): Record<string, unknown> {
  const { torch_dtype: _, num_labels: __, ...rest } = base as Record<string, unknown>;
  return {
    ...rest,
    ...('dtype' in rest && { dtype: 'float32' }),
    architectures: ['BertForSequenceClassification'],
    model_type: 'bert',
    problem_type: 'single_label_classification',
    id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
    label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
  };
}

/** The `config.json` of a model that masked language modelling has trained. Weights are float32. */
export function maskedLmConfigJson(base: object): Record<string, unknown> {
  const {
    torch_dtype: _,
    num_labels: __,
    problem_type: ___,
    id2label: ____,
    label2id: _____,
    ...rest
  } = base as Record<string, unknown>;
  return {
    ...rest,
    ...('dtype' in rest && { dtype: 'float32' }),
    architectures: ['BertForMaskedLM'],
    model_type: 'bert',
    tie_word_embeddings: true, // what the file holds of the output layer
  };
}

/** @returns the class names in order of their ids; undefined where config.json has none, or not from 0 on */
export function labelsOf(json: unknown): string[] | undefined {
  const parsed = z.object({ id2label: z.record(z.string(), z.string()) }).safeParse(json);
  if (!parsed.success) return undefined;
  const { id2label } = parsed.data;
  const labels = Object.keys(id2label).flatMap((_, id) => id2label[id] ?? []);
  return labels.length > 0 && labels.length === Object.keys(id2label).length ? labels : undefined;
}

/** A token without an embedding would end in the middle of a batch. */
export function refuseForeignTokens(
  { vocabularySize, padTokenId }: { vocabularySize: number; padTokenId: number },
  config: BertConfig,
  folder: string,
): void {
  const needed = Math.max(vocabularySize, padTokenId + 1);
  if (needed <= config.vocabularySize) return;
  throw new OtzyvError(
    'model.foreign-tokenizer',
    `${folder}: the tokenizer has ${needed} tokens, the model ${config.vocabularySize} embeddings`,
    'Take the tokenizer and config.json from the same model.',
  );
}
