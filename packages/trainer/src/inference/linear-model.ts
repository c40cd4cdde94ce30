/** A linear classifier from its folder. */

import { type LinearModel, predictLinear } from '../linear/model.ts';
import { loadLinear } from '../linear/store.ts';
import type { ModelCard } from '../model/model-folder.ts';
import type { Model } from './classifier.ts';

export async function loadLinearModel(folder: string, card: ModelCard): Promise<Model> {
  return linearModel(await loadLinear(folder), card.labels);
}

export function linearModel(model: LinearModel, labels: readonly string[]): Model {
  return {
    kind: 'linear',
    labels,
    maxLength: undefined,
    predict: async (texts) => ({
      probabilities: predictLinear(model, texts),
      truncated: texts.map(() => false),
    }),
    dispose: async () => undefined,
  };
}
