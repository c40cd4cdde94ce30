/**
 * A BERT classifier from its folder. Texts are answered in batches of similar length, so that little is padded,
 * and given back in their order.
 */
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { collate, sequentialBatches } from '../data/batches.ts';
import type { Batch } from '../engine/engine.ts';
import { readJson } from '../files.ts';
import { parseBertConfig } from '../model/bert-config.ts';
import { onnxBytes, onnxPath } from '../model/export-onnx.ts';
import { exists, type ModelCard } from '../model/model-folder.ts';
import { loadTokenizer, type Tokenizer } from '../tokenizer/load.ts';
import type { Model } from './classifier.ts';
import { softmaxRows } from './softmax.ts';

const BATCH_SIZE = 32;

/** @param card of a folder that Otzyv wrote: its `onnx/model.onnx` is then known to be ours */
export async function loadBertModel(
  folder: string,
  card: ModelCard | undefined,
  { threads }: { threads?: number } = {},
): Promise<Model> {
  const configPath = join(folder, 'config.json');
  const config = parseBertConfig(await readJson(configPath), configPath);
  const labels = card?.labels ?? config.labels;
  if (labels === undefined) {
    throw new OtzyvError(
      'model.no-classifier',
      `${folder} holds a BERT without class names: an encoder, not a classifier`,
      'Fine-tune it first: otzyv train --model …',
    );
  }
  const tokenizer = await loadTokenizer(folder);
  const isOurs = card !== undefined && (await exists(onnxPath(folder)));
  const source = isOurs ? onnxPath(folder) : await onnxBytes(folder);
  const options = {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all' as const,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
  };
  const session = await startSession(source, options);
  return bertModel(
    {
      tokenizer,
      labels,
      maxLength: card?.maxLength ?? Math.min(config.maxPositions, 512),
      maxPositions: config.maxPositions,
    },
    {
      logits: (batch) => runSession(session, batch),
      release: () => session.release(),
    },
  );
}

interface BertAnswering {
  readonly tokenizer: Tokenizer;
  readonly labels: readonly string[];
  /** tokens at which texts are cut */
  readonly maxLength: number;
  /** tokens that the model has positions for */
  readonly maxPositions: number;
}

/** @param answers whatever gives logits: a session of a finished model, or an engine that is still training */
export function bertModel(
  { tokenizer, labels, maxLength, maxPositions }: BertAnswering,
  answers: { logits(batch: Batch): Promise<Float32Array>; release(): Promise<void> },
): Model {
  const classes = labels.length;
  return {
    kind: 'bert',
    labels,
    maxLength,
    predict: async (texts) => {
      const encodings = texts.map((text) => tokenizer.encode(text, maxLength));
      const ids = encodings.map((encoding) => encoding.ids);
      const probabilities = new Float32Array(texts.length * classes);
      const lengths = ids.map((row) => row.length);
      for (const indices of sequentialBatches(lengths, { batchSize: BATCH_SIZE })) {
        const logits = await answers.logits(
          collate(ids, indices, { padTokenId: tokenizer.padTokenId, longest: maxPositions }),
        );
        const rows = softmaxRows(logits, classes);
        indices.forEach((index, row) => {
          probabilities.set(rows.subarray(row * classes, (row + 1) * classes), index * classes);
        });
      }
      return { probabilities, truncated: encodings.map((encoding) => encoding.isTruncated) };
    },
    dispose: answers.release,
  };
}

async function startSession(source: string | Uint8Array, options: InferenceSession.SessionOptions) {
  try {
    // the two overloads of create take a path and bytes
    return await (typeof source === 'string'
      ? InferenceSession.create(source, options)
      : InferenceSession.create(source, options));
  } catch (error) {
    throw new OtzyvError(
      'model.broken-onnx',
      `${typeof source === 'string' ? source : 'the model'} cannot be loaded: ${(error as Error).message}`,
      'The file may be cut short: export the model again.',
      { cause: error },
    );
  }
}

async function runSession(session: InferenceSession, { batch, time, ...ids }: Batch): Promise<Float32Array> {
  const tensor = (data: BigInt64Array) => new Tensor('int64', data, [batch, time]);
  const { logits } = await session.run({
    input_ids: tensor(ids.inputIds),
    attention_mask: tensor(ids.attentionMask),
    token_type_ids: tensor(ids.tokenTypeIds),
  });
  return logits?.data as Float32Array;
}
