/** A linear classifier from its folder. */
import { breathe } from '../breathe.ts';
import { type LinearModel, predictLinear } from '../linear/model.ts';
import { loadLinear } from '../linear/store.ts';
import { TEXTS_AT_ONCE } from '../linear/vocabulary.ts';
import type { ModelCard } from '../model/model-folder.ts';
import type { Model, Reading } from './classifier.ts';

export async function loadLinearModel(folder: string, card: ModelCard): Promise<Model> {
  return linearModel(await loadLinear(folder), card.labels);
}

export function linearModel(model: LinearModel, labels: readonly string[]): Model {
  return {
    kind: 'linear',
    labels,
    maxLength: undefined,
    predict: async (texts, { signal, onProgress } = {}) => {
      const probabilities = new Float32Array(texts.length * labels.length);
      const readings = new Array<Reading>(texts.length);
      for (let start = 0; start < texts.length; start += TEXTS_AT_ONCE) {
        if (start > 0) {
          onProgress?.(start);
          await breathe();
          signal?.throwIfAborted();
        }
        const block = texts.slice(start, start + TEXTS_AT_ONCE);
        const answers = predictLinear(model, block, (row, tokens, unknown) => {
          readings[start + row] = { tokens, unknown };
        });
        probabilities.set(answers, start * labels.length);
      }
      return { probabilities, truncated: new Array<boolean>(texts.length).fill(false), readings };
    },
    dispose: async () => undefined,
  };
}
