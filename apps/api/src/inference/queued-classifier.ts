/** A served model as a classifier like any other: what is asked of it waits in its queue, in the turn of a client. */
import type { Classifier } from '@otzyv/trainer';
import type { ModelService } from '../models/model-service.ts';
import type { TextsRequest } from './batching-queue.ts';

export function queuedClassifier(
  { model, ask }: Pick<ModelService, 'model' | 'ask'>,
  request: Omit<TextsRequest, 'texts'>,
): Classifier {
  return {
    ...model,
    predict: async (texts) => {
      const { answers } = await ask({ ...request, texts });
      const probabilities = new Float32Array(texts.length * model.labels.length);
      answers.forEach((answer, row) => {
        probabilities.set(answer.probabilities, row * model.labels.length);
      });
      return {
        probabilities,
        truncated: answers.map(({ isTruncated }) => isTruncated),
        empty: answers.map(({ isEmpty }) => isEmpty),
      };
    },
    dispose: () => Promise.resolve(),
  };
}
