import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inParallel } from './in-parallel.ts';

test('so many go at once as may, and results come in the order of the items', async () => {
  let [atOnce, most] = [0, 0];
  const results = await inParallel([5, 1, 3, 2, 4], { jobs: 2 }, async (item) => {
    most = Math.max(most, ++atOnce);
    await sleep(item);
    atOnce--;
    return item * 10;
  });
  expect(results).toEqual([50, 10, 30, 20, 40]);
  expect(most).toBe(2);
});

test('one that fails stops the others in good order, and none begins after it', async () => {
  const begun: number[] = [];
  const stopped: number[] = [];
  const work = async (item: number, stop: AbortSignal) => {
    begun.push(item);
    if (item === 1) throw new Error('broken');
    await new Promise((resolve) => stop.addEventListener('abort', resolve));
    stopped.push(item);
  };
  await expect(inParallel([0, 1, 2], { jobs: 2 }, work)).rejects.toThrow('broken');
  expect([begun, stopped]).toEqual([[0, 1], [0]]);
});

test('aborted, it begins no more', async () => {
  const controller = new AbortController();
  const results = await inParallel([1, 2, 3], { jobs: 1, signal: controller.signal }, async (item) => {
    controller.abort();
    return item;
  });
  expect(results).toEqual([1]);
});
