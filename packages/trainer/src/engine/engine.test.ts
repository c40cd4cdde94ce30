import { afterEach, describe, expect, test } from 'vitest';
import { bertParameters } from '../model/bert-parameters.ts';
import { engineStarters } from '../testing/engines.ts';
import {
  batches,
  classification,
  config,
  copied,
  expectClose,
  expected,
  goldenOptions,
  isRounding,
  type Step,
  tensorsOf,
  uneven,
  weights,
  withDropout,
} from '../testing/golden-bert.ts';
import { DEFAULT_ADAMW } from './adamw.ts';
import type { Engine, EngineOptions } from './engine.ts';

const focal = { ...classification, loss: { kind: 'focal', gamma: 2 } } as const;

describe.each(await engineStarters())('%s', (_, start) => {
  const engines: Engine[] = [];
  async function engineWith(changes: Partial<EngineOptions> = {}): Promise<Engine> {
    const engine = await start({ ...goldenOptions, weights: copied(weights), ...changes });
    engines.push(engine);
    return engine;
  }
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.dispose();
  });

  describe('the numbers are those of transformers and PyTorch', () => {
    test('logits', async () => {
      expectClose(await (await engineWith()).logits(batches[0]!), expected.logits.flat(), 1e-4);
    });

    test.each(['relu', 'gelu_new'] as const)('logits with %s', async (activation) => {
      const engine = await engineWith({ config: { ...config, activation } });
      expectClose(await engine.logits(batches[0]!), expected[`${activation}_logits`].flat(), 1e-4);
    });

    test('the gradient of every parameter', async () => {
      // with beta1 = 0 the first moment is the gradient itself
      const engine = await engineWith({ optimizer: { ...DEFAULT_ADAMW, beta1: 0 }, maxGradNorm: 0 });
      const { loss } = await engine.trainStep([batches[0]!], 0);
      expect(loss).toBeCloseTo(expected.weighted_cross_entropy, 5);
      const gradients = await tensorsOf('gradients.safetensors');
      for (const [name, { data }] of (await engine.state()).firstMoments) {
        expectClose(data, gradients.get(name)!.data, 1e-4, name);
      }
    });

    test.each([
      ['20 steps', 'training', 1, {}],
      ['20 steps with warm-up', 'warmup', 1, {}],
      ['10 steps over two uneven batches each, as if they were one', 'accumulation', 2, {}],
      ['20 steps with focal loss', 'focal', 1, { objective: focal }],
      [
        '10 steps over two uneven batches each with focal loss',
        'focal_accumulation',
        2,
        { objective: focal },
      ],
    ] as const)('%s: losses and gradient norms', async (_, key, accumulation, changes) => {
      const engine = await engineWith(changes);
      for (const [i, step] of (expected[key] as Step[]).entries()) {
        const micro = (accumulation === 1 ? batches : uneven).slice(i * accumulation, (i + 1) * accumulation);
        const { loss, gradientNorm } = await engine.trainStep(micro, step.learning_rate);
        expectClose([loss, gradientNorm], [step.loss, step.grad_norm], 1e-4, `step ${i}`);
      }
    });

    test('the weights after 20 steps', async () => {
      const engine = await engineWith();
      for (const [i, step] of (expected.training as Step[]).entries()) {
        await engine.trainStep([batches[i]!], step.learning_rate);
      }
      const final = await tensorsOf('final.safetensors');
      for (const [name, { data }] of (await engine.state()).weights) {
        if (!isRounding(name)) expectClose(data, final.get(name)!.data, 1e-4, name);
      }
    });
  });

  describe('a step', () => {
    test('repeats bit for bit, dropout included', async () => {
      const run = async () => {
        const engine = await engineWith(withDropout);
        for (const batch of batches.slice(0, 5)) await engine.trainStep([batch], 1e-3);
        return copied((await engine.state()).weights);
      };
      expect(await run()).toEqual(await run());
    });

    test('draws other masks with another seed', async () => {
      const loss = async (seed: number) =>
        (await (await engineWith({ ...withDropout, seed })).trainStep([batches[0]!], 0)).loss;
      expect(await loss(1)).not.toBe(await loss(2));
    });

    test('goes on from a saved state as if it had never stopped', async () => {
      const unbroken = await engineWith(withDropout);
      const first = await engineWith(withDropout);
      for (const batch of batches.slice(0, 3)) {
        await unbroken.trainStep([batch], 1e-3);
        await first.trainStep([batch], 1e-3);
      }
      const second = await engineWith(withDropout);
      second.restore(await first.state());
      for (const batch of batches.slice(3, 6)) {
        const [a, b] = [await unbroken.trainStep([batch], 1e-3), await second.trainStep([batch], 1e-3)];
        expect(b).toEqual(a);
      }
      expect(copied((await second.state()).weights)).toEqual(copied((await unbroken.state()).weights));
    });

    test('lets weights decay, but neither biases nor LayerNorm', async () => {
      // of one class the loss is zero, and so is every gradient
      const ones = new Map(
        bertParameters(config, 1).map(({ name, shape }) => {
          const length = shape.reduce((product, dim) => product * dim, 1);
          return [name, { shape, data: new Float32Array(length).fill(1) }];
        }),
      );
      const engine = await engineWith({
        objective: { ...classification, classes: 1, classWeights: [1] },
        weights: ones,
        optimizer: { ...DEFAULT_ADAMW, weightDecay: 0.5 },
      });
      const batch = { ...batches[0]!, labels: batches[0]!.labels.map(() => 0n) };
      expect((await engine.trainStep([batch], 0.5)).gradientNorm).toBe(0);
      for (const [name, { data }] of (await engine.state()).weights) {
        const isSpared = /bias$|LayerNorm/.test(name);
        expect(data, name).toEqual(new Float32Array(data.length).fill(isSpared ? 1 : 0.75));
      }
    });
  });
});
