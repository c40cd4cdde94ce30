import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadClassifier, resolveRunOptions, train } from '@otzyv/trainer';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { REVIEWS } from '../testing/train-linear.ts';
import { createBatchingQueue, WorkerLost } from './batching-queue.ts';
import { startWorkers } from './worker-pool.ts';

const TEXTS = ['Куртка тёплая, но рукава короткие', 'Кроссовки развалились через неделю', ''];

const folder = mkdtempSync(join(tmpdir(), 'otzyv-api-workers-'));
const at = (name: string) => join(folder, name);
afterAll(() => rm(folder, { recursive: true }));
beforeAll(async () => {
  const silent = { listen: () => undefined };
  cpSync(inject('trainedRun'), at('linear'), { recursive: true });
  const small = { maxLength: 16, epochs: 0.05 };
  await train(
    resolveRunOptions({ model: 'micro', trainFile: REVIEWS, output: at('micro'), ...small }),
    silent,
  );
}, 120_000);

test.each(['linear', 'micro'])('threads with %s answer as the model itself does', async (name) => {
  const classifier = await loadClassifier(at(name));
  const { probabilities, empty } = await classifier.predict(TEXTS);
  await classifier.dispose();
  const pool = await startWorkers({ folder: at(name), workers: 2 });
  try {
    expect(pool.model.labels).toEqual(classifier.labels);
    for (let i = 0; i < 5; i++) {
      const [answers, others] = await Promise.all([pool.run(TEXTS), pool.run(TEXTS.toReversed())]);
      expect(answers.flatMap((answer) => [...answer.probabilities])).toEqual([...probabilities]);
      expect(answers.map(({ isEmpty }) => isEmpty)).toEqual(empty);
      expect(others.map(({ isEmpty }) => isEmpty)).toEqual(empty.toReversed());
    }
  } finally {
    await pool.close();
  }
});

test('a model that cannot be loaded is told of with its own error', async () => {
  await expect(startWorkers({ folder: at('nothing'), workers: 1 })).rejects.toMatchObject({
    code: expect.stringMatching(/^(model|hub)\./),
  });
});

test('threads end when they have answered, also where nobody waits for it', async () => {
  const pool = await startWorkers({ folder: at('micro'), workers: 1 });
  let hasAnswered = false;
  pool.run(Array(64).fill(TEXTS[0])).finally(() => {
    hasAnswered = true;
  });
  await pool.close();
  expect(hasAnswered).toBe(true);
});

/** Threads that answer two batches each and end in the middle of the third. */
function mortalThreads(): URL {
  const script = pathToFileURL(at('mortal.mjs'));
  writeFileSync(
    script,
    `import { parentPort } from 'node:worker_threads';
let batches = 0;
parentPort.on('message', ({ id, texts }) => {
  if (++batches === 3) process.exit(1);
  const probabilities = Float32Array.from(texts.flatMap((text) => [text.length, 0]));
  const [truncated, empty] = [texts.map(() => false), texts.map(() => false)];
  const readings = texts.map(() => ({ tokens: 1, unknown: 0 }));
  parentPort.postMessage({ type: 'answered', id, probabilities, truncated, empty, readings });
});
parentPort.postMessage({ type: 'ready', model: { kind: 'linear', labels: ['а', 'б'], maxLength: undefined, card: undefined } });
`,
  );
  return script;
}

test('a thread that ends is replaced, and the queue asks again: nobody notices', async () => {
  const script = mortalThreads();
  const pool = await startWorkers({ folder: '', workers: 2, script });
  const queue = createBatchingQueue({
    run: pool.run,
    workers: 2,
    maxLength: 64,
    limits: { maxTexts: 1000, maxTokens: 100_000, batchTokens: 16, maxWaitMs: 0 },
  });
  const texts = Array.from({ length: 60 }, (_, i) => 'а'.repeat(1 + (i % 20)));
  const { answers } = await queue.ask({ texts, client: 'x', timeoutMs: 10_000 });
  expect(answers.map(({ probabilities }) => probabilities[0])).toEqual(texts.map((text) => text.length));
  await pool.close();
});

test('a thread is not replaced by one with another model: its requests are told to come again', async () => {
  let isCurrent = true;
  const pool = await startWorkers({
    ...{ folder: '', workers: 1, script: mortalThreads() },
    isCurrent: async () => isCurrent,
  });
  await pool.run(['а']);
  await pool.run(['а']);
  isCurrent = false;
  await expect(pool.run(['а'])).rejects.toThrow(WorkerLost);
  await expect(pool.run(['а'])).rejects.toMatchObject({ code: 'system.reloading', retryAfterSeconds: 1 });
  isCurrent = true;
  expect(await pool.run(['а'])).toHaveLength(1);
  await pool.close();
});
