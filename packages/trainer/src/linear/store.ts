/**
 * A linear model on disk: `linear.json` with the features in the order of their columns, `model.safetensors`
 * with their weights.
 */
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { readJson, writeFileAtomically } from '../files.ts';
import { readSafetensors, writeSafetensors } from '../model/safetensors.ts';
import type { LinearModel } from './model.ts';

const range = z.tuple([z.int(), z.int()]);
const fileSchema = z.object({
  schemaVersion: z.literal(1),
  classes: z.int().positive(),
  options: z.object({
    words: range,
    characters: range,
    minDocumentFrequency: z.int(),
    maxFeatures: z.int(),
  }),
  features: z.array(z.string()),
});

export async function saveLinear(
  { vocabulary, classes, parameters }: LinearModel,
  folder: string,
): Promise<void> {
  const columns = vocabulary.idf.length;
  await writeFileAtomically(
    join(folder, 'linear.json'),
    JSON.stringify({
      schemaVersion: 1,
      classes,
      options: vocabulary.options,
      features: [...vocabulary.columns.keys()],
    }),
  );
  await writeSafetensors(
    join(folder, 'model.safetensors'),
    new Map([
      ['idf', { shape: [columns], data: vocabulary.idf }],
      ['weight', { shape: [classes, columns], data: parameters.subarray(0, columns * classes) }],
      ['intercept', { shape: [classes], data: parameters.subarray(columns * classes) }],
    ]),
  );
}

/** @throws OtzyvError `model.broken-linear` when the files do not belong together */
export async function loadLinear(folder: string): Promise<LinearModel> {
  const path = join(folder, 'linear.json');
  const parsed = fileSchema.safeParse(await readJson(path));
  if (!parsed.success)
    throw broken(path, `${parsed.error.issues[0]?.path.join('.')} is missing or malformed`);
  const { classes, features, options } = parsed.data;
  const { tensors } = await readSafetensors(join(folder, 'model.safetensors'));
  const tensor = (name: string, ...shape: number[]) => {
    const found = tensors.get(name);
    if (found?.shape.join() === shape.join()) return found.data;
    throw broken(
      path,
      `model.safetensors has "${name}" of shape [${found?.shape ?? 'none'}], not [${shape}]`,
    );
  };
  const parameters = new Float32Array((features.length + 1) * classes);
  parameters.set(tensor('weight', classes, features.length));
  parameters.set(tensor('intercept', classes), features.length * classes);
  return {
    vocabulary: {
      options,
      columns: new Map(features.map((feature, column) => [feature, column])),
      idf: tensor('idf', features.length),
    },
    classes,
    parameters,
  };
}

function broken(path: string, fault: string): OtzyvError {
  return new OtzyvError(
    'model.broken-linear',
    `${path}: ${fault}`,
    'The folder is damaged: train or copy the model again.',
  );
}
