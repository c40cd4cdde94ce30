/** `otzyv.json`: begun when a model is first saved, completed when what was saved has been measured. */
import { type ModelCard, readModelCard, writeModelCard } from '../model/model-folder.ts';
import { writeModelReadme } from '../model/model-readme.ts';
import { OTZYV_VERSION } from '../version.ts';
import type { Dataset } from './dataset.ts';
import type { EvaluationResult } from './evaluate.ts';
import { isLinear, type RunOptions } from './options.ts';

export function newModelCard(
  options: RunOptions,
  { labels, classCounts, train, fingerprints }: Dataset,
): ModelCard {
  return {
    schemaVersion: 1,
    kind: isLinear(options) ? 'linear' : 'bert',
    source: options.model,
    labels: [...labels],
    cleaning: options.cleaning,
    maxLength: options.maxLength,
    classCounts: [...classCounts],
    metrics: {},
    baseline: {},
    trainedOn: {
      file: options.trainFile,
      sha256: fingerprints[options.trainFile]?.sha256 ?? '',
      rows: train.texts.length,
      refitted: false,
    },
    createdAt: new Date().toISOString(),
    otzyvVersion: OTZYV_VERSION,
  };
}

export async function recordMeasurement(folder: string, evaluation: EvaluationResult): Promise<void> {
  await changeCard(folder, (card) => ({
    ...card,
    metrics: { ...evaluation.metrics },
    baseline: { ...evaluation.baseline },
  }));
  const card = (await readModelCard(folder)) as ModelCard;
  await writeModelReadme(folder, card, evaluation);
}

async function changeCard(folder: string, change: (card: ModelCard) => ModelCard): Promise<void> {
  const card = await readModelCard(folder);
  if (card !== undefined) await writeModelCard(folder, change(card));
}
