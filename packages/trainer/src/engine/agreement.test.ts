import { describe, expect, test } from 'vitest';
import { onnxStarter, tfjsStarters } from '../testing/engines.ts';
import {
  batches,
  classification,
  copied,
  expectClose,
  goldenOptions,
  isRounding,
  uneven,
  weighted,
  withDropout,
} from '../testing/golden-bert.ts';
import { DEFAULT_ADAMW } from './adamw.ts';
import type { Engine, EngineOptions } from './engine.ts';

describe.each(await tfjsStarters())('onnx and %s', (_, startTfjs) => {
  async function both<T>(options: EngineOptions, use: (engine: Engine) => Promise<T>): Promise<[T, T]> {
    const results: T[] = [];
    for (const start of [onnxStarter, startTfjs]) {
      const engine = await start({ ...options, weights: copied(options.weights) });
      results.push(await use(engine));
      await engine.dispose();
    }
    return results as [T, T];
  }

  test.each([
    ['', goldenOptions.objective, uneven],
    [', and with weights of examples', { ...classification, weighsExamples: true }, uneven.map(weighted)],
  ])(
    'agree on the loss and every gradient, with dropout, over uneven micro-batches%s',
    async (_, objective, given) => {
      // with beta1 = 0 the first moment is the gradient itself
      const optimizer = { ...DEFAULT_ADAMW, beta1: 0 };
      const options = { ...goldenOptions, ...withDropout, objective, optimizer, maxGradNorm: 0 };
      const [onnx, tfjs] = await both(options, async (engine) => {
        const { loss, gradientNorm } = await engine.trainStep(given.slice(0, 3), 0);
        return { told: [loss, gradientNorm], gradients: copied((await engine.state()).firstMoments) };
      });
      expectClose(tfjs.told, onnx.told, 1e-4);
      for (const [name, { data }] of tfjs.gradients) {
        expectClose(data, onnx.gradients.get(name)!.data, 1e-4, name);
      }
    },
  );

  test('stay together over 20 steps with dropout', async () => {
    const [onnx, tfjs] = await both({ ...goldenOptions, ...withDropout }, async (engine) => {
      const told: number[] = [];
      for (const batch of batches) {
        const { loss, gradientNorm } = await engine.trainStep([batch], 1e-3);
        told.push(loss, gradientNorm);
      }
      return { told, weights: copied((await engine.state()).weights) };
    });
    expectClose(tfjs.told, onnx.told, 1e-3);
    for (const [name, { data }] of tfjs.weights) {
      if (!isRounding(name)) expectClose(data, onnx.weights.get(name)!.data, 1e-2, name);
    }
  });

  test.each([
    ['onnx', onnxStarter, startTfjs],
    ['tfjs', startTfjs, onnxStarter],
  ] as const)('a run begun on %s goes on on the other', async (_, startFirst, startSecond) => {
    const options = () => ({ ...goldenOptions, ...withDropout, weights: copied(goldenOptions.weights) });
    const unbroken = await startFirst(options());
    const second = await startSecond(options());
    for (const batch of batches.slice(0, 3)) await unbroken.trainStep([batch], 1e-3);
    second.restore(await unbroken.state());
    for (const batch of batches.slice(3, 6)) {
      const [a, b] = [await unbroken.trainStep([batch], 1e-3), await second.trainStep([batch], 1e-3)];
      expectClose([b.loss, b.gradientNorm], [a.loss, a.gradientNorm], 1e-4);
    }
    expect((await second.state()).step).toBe(6);
    await unbroken.dispose();
    await second.dispose();
  });
});
