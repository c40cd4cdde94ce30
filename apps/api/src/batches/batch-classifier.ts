/**
 * A served model as the classifier of a batch. Its answers come through the queue, where a batch is one client among the
 * others: few of its texts wait there at a time, so that they fill neither the queue nor the turns of those who wait for an
 * answer. What the queue refuses for now is asked again, in smaller pieces where it was too much.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { OtzyvError } from '@otzyv/core';
import type { Classifier } from '@otzyv/trainer';
import type { ClassifiedText, Classify } from '../inference/classify.ts';
import { classifierBy } from '../inference/queued-classifier.ts';
import type { ModelService } from '../models/model-service.ts';
import { TryLater } from '../try-later.ts';

const CHUNK_TEXTS = 64;
const CHUNKS_AT_ONCE = 4;

/** The model was loaded anew: the rows of a file are to be answered by one. */
export class ModelChanged extends Error {}

export function batchClassifier(classify: Classify, service: ModelService, client: string): Classifier {
  const { spec } = service;

  const ask = async (texts: readonly string[], signal: AbortSignal): Promise<readonly ClassifiedText[]> => {
    try {
      const { answers, service: answering } = await classify({ model: spec.name, client, texts, signal });
      if (answering !== service) throw new ModelChanged();
      return answers;
    } catch (error) {
      if (error instanceof TryLater) {
        await sleep(error.retryAfterSeconds * 1000, undefined, { signal });
        return ask(texts, signal);
      }
      const code = error instanceof OtzyvError ? error.code : undefined;
      if (code === 'system.timeout' && texts.length === 1) return ask(texts, signal);
      if ((code !== 'system.timeout' && code !== 'system.too-large') || texts.length === 1) throw error;
      const half = Math.ceil(texts.length / 2);
      return [...(await ask(texts.slice(0, half), signal)), ...(await ask(texts.slice(half), signal))];
    }
  };

  return classifierBy(service, async (texts, signal) => {
    const answers: ClassifiedText[] = new Array(texts.length);
    const failed = new AbortController(); // the lanes beside one that fails leave the queue with it
    const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
    let next = 0;
    const lane = async () => {
      while (next < texts.length) {
        const at = next;
        next += CHUNK_TEXTS;
        (await ask(texts.slice(at, at + CHUNK_TEXTS), either)).forEach((answer, i) => {
          answers[at + i] = answer;
        });
      }
    };
    try {
      await Promise.all(Array.from({ length: CHUNKS_AT_ONCE }, lane));
    } finally {
      failed.abort();
    }
    return answers;
  });
}
