import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createBatchingQueue,
  estimatedTokens,
  type QueueLimits,
  type QueueOptions,
  WorkerLost,
} from './batching-queue.ts';

const LIMITS: QueueLimits = { maxTexts: 1000, maxTokens: 10_000, batchTokens: 40, maxWaitMs: 0 };
const shout = (text: string) => text.toUpperCase();
const later = <T>(value: T, ms = 1) => new Promise<T>((resolve) => setTimeout(() => resolve(value), ms));

/** A queue before workers that shout, and the batches that they were given. */
function shouting({ limits, ...more }: Partial<QueueOptions<string>> = {}) {
  const batches: string[][] = [];
  const queue = createBatchingQueue<string>({
    run: (texts) => {
      batches.push([...texts]);
      return later(texts.map(shout));
    },
    workers: 1,
    maxLength: 16,
    limits: { ...LIMITS, ...limits },
    ...more,
  });
  const ask = async (texts: readonly string[], client = 'a', signal?: AbortSignal) =>
    (await queue.ask({ texts, client, timeoutMs: 5000, signal })).answers;
  return { queue, ask, batches };
}

const many = (count: number, prefix = 'т') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

test('each request gets the answers to its own texts, in their order, whatever is asked at once and whichever worker is lost', async () => {
  const request = fc.record({
    texts: fc.array(fc.string({ maxLength: 60 }), { maxLength: 12 }),
    client: fc.constantFrom('a', 'b', 'c'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 3 }),
      fc.nat(5),
      async (requests, workers, lostAt) => {
        let batch = 0;
        const { queue } = shouting({
          workers,
          run: async (texts) => {
            if (batch++ === lostAt) throw new WorkerLost();
            return later(texts.map(shout), 0);
          },
        });
        const answers = await Promise.all(requests.map((one) => queue.ask({ ...one, timeoutMs: 5000 })));
        expect(answers.map((one) => one.answers)).toEqual(requests.map(({ texts }) => texts.map(shout)));
        expect(queue.load()).toEqual({ texts: 0, tokens: 0 });
      },
    ),
    { numRuns: 60 },
  );
});

test('what arrives together is answered together, and no batch begins once its budget of tokens is reached', async () => {
  const { ask, batches } = shouting();
  await Promise.all([ask(['один']), ask(['два'], 'b'), ask(['три'], 'c')]);
  expect(batches).toEqual([['один', 'два', 'три']]);
  batches.length = 0;
  await ask(many(40));
  const tokens = (batch: readonly string[]) =>
    batch.reduce((sum, text) => sum + estimatedTokens(text, 16), 0);
  expect(batches.length).toBeGreaterThan(2);
  for (const batch of batches) expect(tokens(batch.slice(0, -1))).toBeLessThan(LIMITS.batchTokens);
});

test('an idle worker waits for a batch to fill, and not once it is full or the queue closes', async () => {
  const HOUR = 3_600_000;
  const { ask, batches, queue } = shouting({ limits: { ...LIMITS, maxWaitMs: HOUR } });
  const first = ask(['один']);
  const filled = ask(many(20), 'b');
  await Promise.all([first, filled]);
  expect(batches[0]).toContain('один');
  const last = ask(['последний']);
  await queue.close();
  expect(await last).toEqual(['ПОСЛЕДНИЙ']);
});

test('a client with many texts makes another wait for the batch that runs, not for all of them', async () => {
  const batches: string[][] = [];
  let modest: Promise<unknown> | undefined;
  const { ask } = shouting({
    run: async (texts) => {
      batches.push([...texts]);
      if (batches.length === 3) modest = ask(['один'], 'modest');
      return texts.map(shout);
    },
  });
  await ask(many(200, 'много'), 'greedy');
  await modest;
  expect(batches.findIndex((batch) => batch.includes('один'))).toBe(3);
  expect(batches.length).toBeGreaterThan(15);
});

test('a full queue refuses with the time after which to try again; what could never be taken is told so', async () => {
  const { ask, queue } = shouting({ limits: { ...LIMITS, maxTexts: 10 } });
  const accepted = ask(many(8));
  await expect(ask(many(3), 'b')).rejects.toMatchObject({
    code: 'system.overloaded',
    retryAfterSeconds: expect.any(Number),
  });
  await expect(ask(many(11))).rejects.toMatchObject({ code: 'system.too-large' });
  expect(queue.load().texts).toBe(8);
  await accepted;
  await expect(ask(many(3), 'b')).resolves.toHaveLength(3);
});

test('a request that is given up makes room at once, and its texts are not answered', async () => {
  const batches: string[][] = [];
  const controller = new AbortController();
  let load: unknown;
  const { ask, queue } = shouting({
    run: async (texts) => {
      batches.push([...texts]);
      if (batches.length === 1) {
        const dropped = ask(many(30, 'лишний'), 'b', controller.signal);
        controller.abort('gone');
        await expect(dropped).rejects.toMatchObject({ code: 'system.cancelled' });
        load = queue.load().texts;
      }
      return texts.map(shout);
    },
  });
  await ask(['первый']);
  expect(load).toBe(1);
  await ask(['последний']);
  expect(batches).toEqual([['первый'], ['последний']]);
});

test('a request that takes too long is told so', async () => {
  const { queue } = shouting({ run: () => new Promise(() => undefined) });
  await expect(queue.ask({ texts: ['а'], client: 'a', timeoutMs: 20 })).rejects.toMatchObject({
    code: 'system.timeout',
  });
});

test('a text that kills its worker twice fails its own request only', async () => {
  const { ask } = shouting({
    run: async (texts) => {
      if (texts.includes('яд')) throw new WorkerLost('the worker ended');
      return texts.map(shout);
    },
  });
  const [poisoned, ...others] = await Promise.allSettled([
    ask(['а', 'яд'], 'x'),
    ask(['б'], 'y'),
    ask(['в'], 'z'),
  ]);
  expect(poisoned?.status).toBe('rejected');
  expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
});

test('closing answers what was accepted and takes nothing more', async () => {
  const { ask, queue } = shouting();
  const accepted = ask(many(50));
  const closed = queue.close();
  await expect(ask(['поздно'])).rejects.toMatchObject({ code: 'system.closing' });
  await closed;
  expect(await accepted).toHaveLength(50);
});
