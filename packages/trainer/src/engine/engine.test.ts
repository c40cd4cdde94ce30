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
  rowsOf,
  type Step,
  tensorsOf,
  uneven,
  weighted,
  weights,
  withDropout,
} from '../testing/golden-bert.ts';
import { DEFAULT_ADAMW } from './adamw.ts';
import type { Engine, EngineOptions, LabelledBatch } from './engine.ts';

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

  describe.each([
    ['cross-entropy', { kind: 'cross-entropy', labelSmoothing: 0.1 }],
    ['focal loss', { kind: 'focal', gamma: 2 }],
  ] as const)('weights of examples, with %s', (_, loss) => {
    const objective = { ...classification, loss, weighsExamples: true };
    // with beta1 = 0 the first moment is the gradient itself
    const asIs = { objective, optimizer: { ...DEFAULT_ADAMW, beta1: 0 }, maxGradNorm: 0 };
    async function stepOn(microBatches: LabelledBatch[], changes: Partial<EngineOptions> = {}) {
      const engine = await engineWith({ ...asIs, ...changes });
      const { loss } = await engine.trainStep(microBatches, 0);
      return { loss, gradients: copied((await engine.state()).firstMoments) };
    }
    function expectSame(actual: Awaited<ReturnType<typeof stepOn>>, wanted: typeof actual) {
      expect(actual.loss).toBeCloseTo(wanted.loss, 5);
      for (const [name, { data }] of actual.gradients)
        expectClose(data, wanted.gradients.get(name)!.data, 1e-4, name);
    }
    const every = Array.from({ length: batches[0]!.batch }, (_, row) => row);
    const ones = (batch: LabelledBatch) => ({
      ...batch,
      exampleWeights: new Float32Array(batch.batch).fill(1),
    });

    test('a text of weight 2 is the same text twice, and all of weight 1 are none', async () => {
      const doubled = ones(batches[0]!);
      doubled.exampleWeights[1] = 2;
      const twice = ones(rowsOf(batches[0]!, [...every, 1]));
      expectSame(await stepOn([doubled]), await stepOn([twice]));
      const plain = { objective: { ...classification, loss } };
      expectSame(await stepOn([ones(batches[0]!)]), await stepOn([batches[0]!], plain));
    });

    test('uneven micro-batches give what they give as one batch', async () => {
      const all = weighted(batches[0]!);
      const parts = [every.slice(0, 3), every.slice(3)].map((rows) => rowsOf(all, rows));
      expectSame(await stepOn(parts), await stepOn([all]));
    });

    test('the gradient is its finite difference', async () => {
      const batch = weighted(batches[0]!);
      const { gradients } = await stepOn([batch]);
      // along the gradient the loss rises by its squared length
      const along = (by: number) =>
        new Map(
          [...copied(weights)].map(([name, { shape, data }]) => {
            const gradient = gradients.get(name)!.data;
            return [name, { shape, data: data.map((value, i) => value + by * gradient[i]!) }];
          }),
        );
      const squared = [...gradients.values()].reduce(
        (sum, { data }) => sum + data.reduce((part, value) => part + value ** 2, 0),
        0,
      );
      const step = 1e-2 / squared; // moves the loss by 0.01, far above float32's rounding
      const [above, below] = [
        await stepOn([batch], { weights: along(step) }),
        await stepOn([batch], { weights: along(-step) }),
      ];
      expect((above.loss - below.loss) / (2 * step * squared)).toBeCloseTo(1, 2);
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
