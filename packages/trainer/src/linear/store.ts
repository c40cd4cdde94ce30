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
      features: vocabulary.features,
    }),
  );
  await writeSafetensors(
    join(folder, 'model.safetensors'),
    new Map([
      ['idf', { shape: [columns], data: vocabulary.idf }],
      [
        'weight',
        { shape: [classes, columns], data: transposed(parameters.subarray(0, columns * classes), classes) },
      ],
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
  parameters.set(transposed(tensor('weight', classes, features.length), features.length));
  parameters.set(tensor('intercept', classes), features.length * classes);
  return {
    vocabulary: {
      options,
      features,
      idf: tensor('idf', features.length),
    },
    classes,
    parameters,
  };
}

/** A file has the weights by class, as scikit-learn's coef_; here those of a feature lie together. */
function transposed(matrix: Float32Array, columns: number): Float32Array {
  const rows = matrix.length / columns;
  const result = new Float32Array(matrix.length);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = matrix[at++] as number;
  }
  return result;
}

function broken(path: string, fault: string): OtzyvError {
  return new OtzyvError(
    'model.broken-linear',
    `${path}: ${fault}`,
    'The folder is damaged: train or copy the model again.',
  );
}
