/** A served model as a classifier like any other: what is asked of it waits in its queue, in the turn of a client. */
import type { Classifier } from '@otzyv/trainer';
import type { ModelService } from '../models/model-service.ts';
import type { TextsRequest } from './batching-queue.ts';
import type { TextAnswer } from './worker-pool.ts';

/** Asks for all texts at once. */
export function queuedClassifier(
  service: Pick<ModelService, 'model' | 'ask'>,
  request: Omit<TextsRequest, 'texts'>,
): Classifier {
  return classifierBy(service, async (texts) => (await service.ask({ ...request, texts })).answers);
}

/** @param ask answers texts, in their order */
export function classifierBy(
  { model }: Pick<ModelService, 'model'>,
  ask: (texts: readonly string[], signal: AbortSignal | undefined) => Promise<readonly TextAnswer[]>,
): Classifier {
  const classes = model.labels.length;
  return {
    ...model,
    predict: async (texts, { signal } = {}) => {
      const answers = await ask(texts, signal);
      const probabilities = new Float32Array(texts.length * classes);
      answers.forEach((answer, row) => {
        probabilities.set(answer.probabilities, row * classes);
      });
      return {
        probabilities,
        truncated: answers.map(({ isTruncated }) => isTruncated),
        empty: answers.map(({ isEmpty }) => isEmpty),
      };
    },
    dispose: () => Promise.resolve(), // it is the server's
  };
}
