/** What the queue refuses for now is asked again until it answers. */
import { OtzyvError } from '@otzyv/core';
import { expect, test } from 'vitest';
import type { ClassifiedText, ClassifyRequest } from '../inference/classify.ts';
import type { ModelService } from '../models/model-service.ts';
import { TryLater } from '../try-later.ts';
import { batchClassifier, ModelChanged } from './batch-classifier.ts';

const service = {
  model: { kind: 'linear', labels: ['а', 'б'], maxLength: undefined, card: undefined },
  spec: { name: 'x' },
} as unknown as ModelService;

const TEXTS = Array.from({ length: 300 }, (_, i) => `${i}`);

/** A queue that may throw, and otherwise says each text's number. */
function classifier(refuse: (request: ClassifyRequest) => Error | undefined, answering = service) {
  return batchClassifier(
    async (request) => {
      const error = refuse(request);
      if (error !== undefined) throw error;
      const answers = request.texts.map((text) => ({
        probabilities: Float32Array.of(Number(text), 0),
        isTruncated: false,
        isEmpty: text === '7',
      })) as unknown as ClassifiedText[];
      return { answers, service: answering, rule: { uncertainLabel: '?' }, waitedMs: 0, ranMs: 0 };
    },
    service,
    'batches',
  );
}

async function answered(refuse: (request: ClassifyRequest) => Error | undefined) {
  const { probabilities, empty } = await classifier(refuse).predict(TEXTS);
  expect([...probabilities].filter((_, i) => i % 2 === 0)).toEqual(TEXTS.map(Number));
  expect(empty.indexOf(true)).toBe(7);
}

test('while the queue is full it waits, and takes few places at a time', async () => {
  let [asked, atOnce, most] = [0, 0, 0];
  await answered(({ texts }) => {
    atOnce += texts.length;
    most = Math.max(most, atOnce);
    queueMicrotask(() => {
      atOnce -= texts.length;
    });
    return ++asked % 3 === 0 ? new TryLater('system.overloaded', 'full', 0.01) : undefined;
  });
  expect(asked).toBeGreaterThan(5);
  expect(most).toBeLessThanOrEqual(256);
});

test.each(['system.too-large', 'system.timeout'] as const)('%s: asks in smaller pieces', async (code) => {
  await answered(({ texts }) => (texts.length > 10 ? new OtzyvError(code, 'too much', '') : undefined));
});

test('what no piece is small enough for, and what is the model’s fault, is told', async () => {
  const refused = (code: 'system.too-large' | 'internal.fault') =>
    classifier(() => new OtzyvError(code, 'no', '')).predict(TEXTS);
  await expect(refused('system.too-large')).rejects.toMatchObject({ code: 'system.too-large' });
  await expect(refused('internal.fault')).rejects.toMatchObject({ code: 'internal.fault' });
});

test('a piece that fails takes those beside it out of the queue, and none is asked for after it', async () => {
  const waiting: AbortSignal[] = [];
  const failing = batchClassifier(
    ({ texts, signal }) => {
      if (texts.includes('0')) return Promise.reject(new OtzyvError('internal.fault', 'no', ''));
      waiting.push(signal!);
      return new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)));
    },
    service,
    'batches',
  );
  await expect(failing.predict(TEXTS)).rejects.toMatchObject({ code: 'internal.fault' });
  expect(waiting.map(({ aborted }) => aborted)).toEqual([true, true, true]);
});

test('another model’s answers are not mixed in, and who stops waiting is not answered', async () => {
  await expect(classifier(() => undefined, { ...service }).predict(TEXTS)).rejects.toThrow(ModelChanged);
  const stop = new AbortController();
  const waiting = classifier(() => new TryLater('system.overloaded', 'full', 3600)).predict(TEXTS, {
    signal: stop.signal,
  });
  stop.abort();
  await expect(waiting).rejects.toThrow('aborted');
});
