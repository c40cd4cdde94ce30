/**
 * A BERT classifier from its folder. Texts are answered in batches of similar length, so that little is padded,
 * and given back in their order.
 */
import { join, resolve } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { breathe } from '../breathe.ts';
import { collate, sequentialBatches } from '../data/batches.ts';
import type { Batch } from '../engine/engine.ts';
import { type OnnxDevice, requireDevice } from '../engine/onnx/devices.ts';
import { servingGraph } from '../engine/onnx/graphs.ts';
import { webGpuAnswers } from '../engine/onnx/webgpu-answers.ts';
import { refuseForeignTokens } from '../model/bert-config.ts';
import { bertParameters } from '../model/bert-parameters.ts';
import { hasCurrentQuantized, quantizedPath } from '../model/export-onnx.ts';
import { brokenCard, exists, type ModelCard } from '../model/model-folder.ts';
import { locateSafetensors } from '../model/safetensors.ts';
import { readConfig, readSavedClassifier } from '../model/saved-classifier.ts';
import { loadTokenizer, type Tokenizer } from '../tokenizer/load.ts';
import type { Model } from './classifier.ts';
import type { Dtype } from './dtype.ts';
import { softmaxRows } from './softmax.ts';
import { BATCH_SIZE, type Tuning } from './tuning.ts';

export async function loadBertModel(
  folder: string,
  card: ModelCard | undefined,
  {
    threads,
    batchSize = BATCH_SIZE,
    dtype = 'float32',
    device = 'cpu',
  }: Partial<Tuning> & { dtype?: Dtype; device?: OnnxDevice } = {},
): Promise<Model> {
  const { config, labels: named } = await readConfig(folder);
  if (card !== undefined) checkCard(card, folder, named, config.maxPositions);
  const tokenizer = await loadTokenizer(folder);
  refuseForeignTokens(tokenizer, config, folder);
  if (device !== 'cpu' && dtype === 'int8') {
    throw new OtzyvError(
      'options.device',
      `int8 answers on the CPU, not on ${device}`,
      'Leave out --dtype or --device.',
    );
  }
  await requireDevice(device);
  const { labels, answers } =
    device === 'webgpu'
      ? await onWebGpu(folder)
      : await inSession(
          dtype === 'int8' ? await quantizedFile(folder, card) : await floatGraph(folder, card),
          {
            executionProviders: [device],
            graphOptimizationLevel: 'all',
            extra: { session: { model_external_initializers_file_folder_path: resolve(folder) } },
            ...(threads !== undefined && { intraOpNumThreads: threads }),
          },
        );
  return bertModel(
    {
      tokenizer,
      labels,
      maxLength: card?.maxLength ?? Math.min(config.maxPositions, 512),
      maxPositions: config.maxPositions,
      batchSize,
    },
    answers,
  );
}

async function onWebGpu(folder: string) {
  const { config, labels, weights } = await readSavedClassifier(folder);
  return { labels, answers: await webGpuAnswers(config, labels.length, weights) };
}

async function inSession(
  { source, labels }: { source: string | Uint8Array; labels: readonly string[] },
  options: InferenceSession.SessionOptions,
) {
  const session = await startSession(source, options);
  const answers: Answers = {
    logits: (batch) => runSession(session, batch),
    release: () => session.release(),
  };
  return { labels, answers };
}

/**
 * Made in memory: `onnx/model.onnx` is for other programs, and takes longer to answer. The weights of a folder of ours
 * stay where they are, mapped into memory from `model.safetensors`: it is loaded sooner, and takes less memory, than with
 * weights inside.
 */
async function floatGraph(folder: string, card: ModelCard | undefined) {
  const places = card && (await locateWeights(folder, card.labels.length));
  if (card !== undefined && places !== undefined) {
    const { config } = await readConfig(folder);
    return { source: servingGraph(config, places), labels: card.labels };
  }
  const { config, labels, weights } = await readSavedClassifier(folder);
  return { source: servingGraph(config, weights), labels };
}

/** @returns undefined where they are not written as we write them: those are read, and made to fit */
async function locateWeights(folder: string, classes: number) {
  const { config } = await readConfig(folder);
  const path = join(folder, 'model.safetensors');
  if (!(await exists(path))) return undefined;
  const places = await locateSafetensors(path);
  const isWhole = bertParameters(config, classes).every(
    ({ name, shape }) => places.get(name)?.shape.join() === shape.join(),
  );
  return isWhole ? places : undefined;
}

async function quantizedFile(folder: string, card: ModelCard | undefined) {
  if (card === undefined || !(await hasCurrentQuantized(folder, card))) {
    const isStale = card?.quantization !== undefined && (await exists(quantizedPath(folder)));
    throw new OtzyvError(
      'model.not-quantized',
      isStale
        ? `${quantizedPath(folder)} was made from other weights than lie in the folder now`
        : `${folder} has no int8 file made by Otzyv`,
      `Make one: otzyv export --model ${folder} --output FOLDER --quantize int8, then name that FOLDER.`,
    );
  }
  return { source: quantizedPath(folder), labels: card.labels };
}

interface BertAnswering {
  readonly tokenizer: Tokenizer;
  readonly labels: readonly string[];
  /** tokens at which texts are cut */
  readonly maxLength: number;
  /** tokens that the model has positions for */
  readonly maxPositions: number;
  /** texts answered together */
  readonly batchSize?: number;
}

/** What gives logits, and is given back. */
interface Answers {
  /** @returns [batch × classes] */
  logits(batch: Batch): Promise<Float32Array>;
  release(): Promise<void>;
}

/** @param answers whatever gives logits: a session of a finished model, or an engine that is still training */
export function bertModel(
  { tokenizer, labels, maxLength, maxPositions, batchSize = BATCH_SIZE }: BertAnswering,
  answers: Answers,
): Model {
  const classes = labels.length;
  return {
    kind: 'bert',
    labels,
    maxLength,
    predict: async (texts, { signal, onProgress } = {}) => {
      const encodings = texts.map((text) => tokenizer.encode(text, maxLength));
      const ids = encodings.map((encoding) => encoding.ids);
      const probabilities = new Float32Array(texts.length * classes);
      const lengths = ids.map((row) => row.length);
      let done = 0;
      for (const indices of sequentialBatches(lengths, { batchSize })) {
        const logits = await answers.logits(
          collate(ids, indices, { padTokenId: tokenizer.padTokenId, longest: maxPositions }),
        );
        if (!logits.every(Number.isFinite)) throw notFinite();
        const rows = softmaxRows(logits, classes);
        indices.forEach((index, row) => {
          probabilities.set(rows.subarray(row * classes, (row + 1) * classes), index * classes);
        });
        done += indices.length;
        onProgress?.(done);
        await breathe();
        signal?.throwIfAborted();
      }
      return {
        probabilities,
        truncated: encodings.map((encoding) => encoding.isTruncated),
        readings: ids.map((row) => ({
          tokens: row.length,
          unknown: row.filter((id) => id === tokenizer.unknownTokenId).length,
        })),
      };
    },
    dispose: answers.release,
  };
}

/** `otzyv.json` beside files of another model would misname every answer. */
function checkCard(
  { labels, maxLength }: ModelCard,
  folder: string,
  named: readonly string[] | undefined,
  maxPositions: number,
): void {
  if (named !== undefined && named.join('\n') !== labels.join('\n')) {
    throw brokenCard(folder, 'its labels are not those of config.json');
  }
  if (maxLength > maxPositions) {
    throw brokenCard(folder, `maxLength ${maxLength} is more than the model's ${maxPositions} positions`);
  }
}

function notFinite(): OtzyvError {
  return new OtzyvError(
    'model.not-finite',
    'the model answers with numbers that are none (NaN or infinity)',
    'Its weights are spoiled: train it anew, or take an earlier one.',
  );
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
