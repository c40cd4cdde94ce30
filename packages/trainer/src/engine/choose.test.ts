import { expect, test } from 'vitest';
import { batches, goldenOptions } from '../testing/golden-bert.ts';
import { chooseEngine, startEngine } from './choose.ts';

test('what is asked for is taken; without a wish it is ONNX Runtime', async () => {
  expect(await chooseEngine('tfjs')).toBe('tfjs');
  expect(await chooseEngine('onnx')).toBe('onnx');
  expect(await chooseEngine('auto')).toBe('onnx');
});

test.each(['onnx', 'tfjs'] as const)('%s starts, says where it runs, and answers', async (name) => {
  const { engine, running } = await startEngine(name, goldenOptions);
  expect(running).toMatchObject({ name, reason: expect.stringMatching(/CPU|GPU/) });
  expect(await engine.logits(batches[0]!)).toHaveLength(batches[0]!.batch * goldenOptions.classes);
  await engine.dispose();
});

test('threads that tfjs will not take are told of', async () => {
  const { engine, running } = await startEngine('tfjs', { ...goldenOptions, threads: 2 });
  expect(running.warnings.join()).toContain('--threads');
  await engine.dispose();
});
