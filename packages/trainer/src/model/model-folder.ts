/**
 * The folder a classifier lives in, whatever its kind. What Otzyv knows beyond the model's own files stands in
 * `otzyv.json`: labels, cleaning, length, how the training data looked, what was measured; of an ensemble
 * also its members, whose folders lie inside.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { readJson, writeJson } from '../files.ts';
import { cleaningSpecSchema } from './cleaning-schema.ts';
import { decisionSchema } from './decision-schema.ts';

export const MODEL_FILE = 'otzyv.json';

const commonSchema = z.object({
  schemaVersion: z.literal(1),
  /** What it was trained from: `linear`, `micro`, a folder or a hub id; of an ensemble `ensemble`. */
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
  /** How answers are made of scores; absent in models of earlier versions. */
  decision: decisionSchema.optional(),
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

export const modelCardSchema = z.discriminatedUnion('kind', [
  commonSchema.extend({ kind: z.literal('bert') }),
  commonSchema.extend({ kind: z.literal('linear') }),
  commonSchema.extend({
    kind: z.literal('ensemble'),
    /** In the order of their folders under `members/`; the weights are powers, and need not sum to one. */
    members: z.array(z.object({ name: z.string(), weight: z.number().nonnegative() })).min(1),
  }),
]);

/** What `otzyv.json` holds. */
export type ModelCard = z.infer<typeof modelCardSchema>;
export type EnsembleCard = Extract<ModelCard, { kind: 'ensemble' }>;

export function writeModelCard(folder: string, card: ModelCard): Promise<void> {
  return writeJson(join(folder, MODEL_FILE), card);
}

/** A `config.json` for kinds of models that Hugging Face has none for: with it any reader can tell the classes. */
export function writeOwnConfig(
  folder: string,
  { kind, labels }: Pick<ModelCard, 'kind' | 'labels'>,
): Promise<void> {
  return writeJson(join(folder, 'config.json'), {
    model_type: `otzyv-${kind}`,
    problem_type: 'single_label_classification',
    id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
    label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
  });
}

/** @returns undefined where the folder was not written by Otzyv */
export async function readModelCard(folder: string): Promise<ModelCard | undefined> {
  const path = join(folder, MODEL_FILE);
  if (!(await exists(path))) return undefined;
  const parsed = modelCardSchema.safeParse(await readJson(path));
  if (!parsed.success) {
    throw brokenCard(folder, `${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`);
  }
  const { labels, classCounts, decision } = parsed.data;
  if (classCounts.length !== labels.length) {
    throw brokenCard(folder, `classCounts: ${classCounts.length} counts for ${labels.length} labels`);
  }
  const thresholds = decision?.classThresholds?.length ?? labels.length;
  if (thresholds !== labels.length) {
    throw brokenCard(folder, `decision.classThresholds: ${thresholds} factors for ${labels.length} labels`);
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
