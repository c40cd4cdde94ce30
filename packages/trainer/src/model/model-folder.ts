/**
 * The folder a classifier lives in, whatever its kind. What Otzyv knows beyond the model's own files stands in
 * `otzyv.json`: labels, cleaning, length, how the training data looked, what was measured.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { readJson, writeJson } from '../files.ts';
import { cleaningSpecSchema } from './cleaning-schema.ts';

export const MODEL_FILE = 'otzyv.json';

export const modelCardSchema = z.object({
  schemaVersion: z.literal(1),
  kind: z.enum(['bert', 'linear']),
  /** What it was trained from: `linear`, `micro`, a folder or a hub id. */
  source: z.string(),
  labels: z.array(z.string()).min(1),
  cleaning: cleaningSpecSchema,
  maxLength: z.int().positive(),
  /** How often each label stood in the training data, in the order of the labels. */
  classCounts: z.array(z.int().nonnegative()),
  /** On the validation data, and of what step. */
  metrics: z.record(z.string(), z.number()),
  /** The same metrics for always answering the most frequent class. */
  baseline: z.record(z.string(), z.number()),
  trainedOn: z.object({ file: z.string(), sha256: z.string(), rows: z.int(), refitted: z.boolean() }),
  createdAt: z.string(),
  otzyvVersion: z.string(),
  /** Of onnx/model_quantized.onnx; absent while there is none. */
  quantization: z
    .object({
      dtype: z.literal('int8'),
      /** sha256 of the model.safetensors it was made from */
      madeFrom: z.string(),
      /** What it was measured on … */
      rows: z.int(),
      f1Weighted: z.object({ float32: z.number(), int8: z.number() }),
      /** … the share of them that get the same label with and without … */
      agreement: z.number(),
      /** … and the largest difference between two probabilities. */
      largestDifference: z.number(),
    })
    .optional(),
});

/** What `otzyv.json` holds. */
export type ModelCard = z.infer<typeof modelCardSchema>;

export function writeModelCard(folder: string, card: ModelCard): Promise<void> {
  return writeJson(join(folder, MODEL_FILE), card);
}

/** @returns undefined where the folder was not written by Otzyv */
export async function readModelCard(folder: string): Promise<ModelCard | undefined> {
  const path = join(folder, MODEL_FILE);
  if (!(await exists(path))) return undefined;
  const parsed = modelCardSchema.safeParse(await readJson(path));
  if (!parsed.success) {
    throw brokenCard(folder, `${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`);
  }
  const { labels, classCounts } = parsed.data;
  if (classCounts.length !== labels.length) {
    throw brokenCard(folder, `classCounts: ${classCounts.length} counts for ${labels.length} labels`);
  }
  return parsed.data;
}

export function brokenCard(folder: string, fault: string): OtzyvError {
  return new OtzyvError(
    'model.broken-card',
    `${join(folder, MODEL_FILE)}: ${fault}`,
    'The file was changed, or written by another version of Otzyv: export or train the model again.',
  );
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
