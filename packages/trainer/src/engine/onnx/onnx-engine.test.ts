import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { parseBertConfig } from '../../model/bert-config.ts';
import { bertParameters } from '../../model/bert-parameters.ts';
import { readSafetensors, type Tensor } from '../../model/safetensors.ts';
import { DEFAULT_ADAMW } from '../adamw.ts';
import type { Engine, EngineOptions, LabelledBatch, NamedTensors } from '../engine.ts';
import { createOnnxEngine } from './onnx-engine.ts';

const GOLDENS = fileURLToPath(new URL('../../../../../test-fixtures/goldens/bert/', import.meta.url));
const golden = (name: string) => JSON.parse(readFileSync(`${GOLDENS}${name}`, 'utf8'));
const tensorsOf = async (name: string) => (await readSafetensors(`${GOLDENS}${name}`)).tensors;

interface Step {
  loss: number;
  grad_norm: number;
  learning_rate: number;
}

const config = parseBertConfig(golden('config.json'), 'config.json');
const expected = golden('expected.json');
const batches: LabelledBatch[] = golden('batches.json').map(labelledBatch);
/** Each second one without its first two rows. */
const uneven: LabelledBatch[] = golden('batches.json').map((batch: object, i: number) =>
  labelledBatch(i % 2 === 0 ? batch : mapValues(batch, (rows) => rows.slice(2))),
);
const weights = await tensorsOf('model.safetensors');

/** The gradients of these are zero (a shift of all keys moves no softmax): what is left is rounding. */
const isRounding = (name: string) => name.endsWith('attention.self.key.bias');

const options: EngineOptions = {
  config,
  weights,
  classes: 5,
  loss: { kind: 'cross-entropy' },
  classWeights: expected.class_weights,
  optimizer: DEFAULT_ADAMW,
  maxGradNorm: 1,
  seed: 42,
};

const engines: Engine[] = [];
function engineWith(changes: Partial<EngineOptions> = {}): Engine {
  const engine = createOnnxEngine({ ...options, weights: copied(weights), ...changes });
  engines.push(engine);
  return engine;
}
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.dispose();
});

describe('the numbers are those of transformers and PyTorch', () => {
  test('logits', async () => {
    expectClose(await engineWith().logits(batches[0]!), expected.logits.flat(), 1e-4);
  });

  test.each(['relu', 'gelu_new'] as const)('logits with %s', async (activation) => {
    const engine = engineWith({ config: { ...config, activation } });
    expectClose(await engine.logits(batches[0]!), expected[`${activation}_logits`].flat(), 1e-4);
  });

  test('the gradient of every parameter', async () => {
    // with beta1 = 0 the first moment is the gradient itself
    const engine = engineWith({ optimizer: { ...DEFAULT_ADAMW, beta1: 0 }, maxGradNorm: 0 });
    const { loss } = await engine.trainStep([batches[0]!], 0);
    expect(loss).toBeCloseTo(expected.weighted_cross_entropy, 5);
    const gradients = await tensorsOf('gradients.safetensors');
    for (const [name, { data }] of engine.state().firstMoments) {
      expectClose(data, gradients.get(name)!.data, 1e-4, name);
    }
  });

  test.each([
    ['20 steps', 'training', 1, {}],
    ['20 steps with warm-up', 'warmup', 1, {}],
    ['10 steps over two uneven batches each, as if they were one', 'accumulation', 2, {}],
    ['20 steps with focal loss', 'focal', 1, { loss: { kind: 'focal', gamma: 2 } }],
    [
      '10 steps over two uneven batches each with focal loss',
      'focal_accumulation',
      2,
      { loss: { kind: 'focal', gamma: 2 } },
    ],
  ] as const)('%s: losses and gradient norms', async (_, key, accumulation, changes) => {
    const engine = engineWith(changes);
    for (const [i, step] of (expected[key] as Step[]).entries()) {
      const micro = (accumulation === 1 ? batches : uneven).slice(i * accumulation, (i + 1) * accumulation);
      const { loss, gradientNorm } = await engine.trainStep(micro, step.learning_rate);
      expectClose([loss, gradientNorm], [step.loss, step.grad_norm], 1e-4, `step ${i}`);
    }
  });

  test('the weights after 20 steps', async () => {
    const engine = engineWith();
    for (const [i, step] of (expected.training as Step[]).entries()) {
      await engine.trainStep([batches[i]!], step.learning_rate);
    }
    const final = await tensorsOf('final.safetensors');
    for (const [name, { data }] of engine.state().weights) {
      if (!isRounding(name)) expectClose(data, final.get(name)!.data, 1e-4, name);
    }
  });
});

describe('a step', () => {
  const withDropout = {
    config: { ...config, hiddenDropout: 0.1, attentionDropout: 0.1, classifierDropout: 0.1 },
  };

  test('repeats bit for bit, dropout included', async () => {
    const run = async () => {
      const engine = engineWith(withDropout);
      for (const batch of batches.slice(0, 5)) await engine.trainStep([batch], 1e-3);
      return copied(engine.state().weights);
    };
    expect(await run()).toEqual(await run());
  });

  test('draws other masks with another seed', async () => {
    const loss = async (seed: number) =>
      (await engineWith({ ...withDropout, seed }).trainStep([batches[0]!], 0)).loss;
    expect(await loss(1)).not.toBe(await loss(2));
  });

  test('goes on from a saved state as if it had never stopped', async () => {
    const unbroken = engineWith(withDropout);
    const first = engineWith(withDropout);
    for (const batch of batches.slice(0, 3)) {
      await unbroken.trainStep([batch], 1e-3);
      await first.trainStep([batch], 1e-3);
    }
    const second = engineWith(withDropout);
    second.restore(first.state());
    for (const batch of batches.slice(3, 6)) {
      const [a, b] = [await unbroken.trainStep([batch], 1e-3), await second.trainStep([batch], 1e-3)];
      expect(b).toEqual(a);
    }
    expect(copied(second.state().weights)).toEqual(copied(unbroken.state().weights));
  });

  test('lets weights decay, but neither biases nor LayerNorm', async () => {
    // of one class the loss is zero, and so is every gradient
    const ones = new Map(
      bertParameters(config, 1).map(({ name, shape }) => {
        const length = shape.reduce((product, dim) => product * dim, 1);
        return [name, { shape, data: new Float32Array(length).fill(1) }];
      }),
    );
    const engine = engineWith({
      classes: 1,
      classWeights: [1],
      weights: ones,
      optimizer: { ...DEFAULT_ADAMW, weightDecay: 0.5 },
    });
    const batch = { ...batches[0]!, labels: batches[0]!.labels.map(() => 0n) };
    expect((await engine.trainStep([batch], 0.5)).gradientNorm).toBe(0);
    for (const [name, { data }] of engine.state().weights) {
      const isSpared = /bias$|LayerNorm/.test(name);
      expect(data, name).toEqual(new Float32Array(data.length).fill(isSpared ? 1 : 0.75));
    }
  });
});

function mapValues(object: object, change: (value: unknown[]) => unknown[]): object {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}

function labelledBatch(batch: object): LabelledBatch {
  const json = batch as Record<string, number[][]> & { labels: number[] };
  const ids = (name: string) => BigInt64Array.from(json[name]!.flat(), BigInt);
  return {
    batch: json.labels.length,
    time: json['input_ids']![0]!.length,
    inputIds: ids('input_ids'),
    attentionMask: ids('attention_mask'),
    tokenTypeIds: ids('token_type_ids'),
    labels: BigInt64Array.from(json.labels, BigInt),
  };
}

function copied(tensors: NamedTensors): Map<string, Tensor> {
  return new Map(
    [...tensors].map(([name, { shape, data }]) => [name, { shape: [...shape], data: data.slice() }]),
  );
}

/** Relative to the number, or to 0.01 where it is smaller. */
function expectClose(
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance: number,
  what = '',
): void {
  expect(actual.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const error = Math.abs(actual[i]! - wanted[i]!) / Math.max(1e-2, Math.abs(wanted[i]!));
    expect(error, `${what}[${i}]: ${actual[i]} for ${wanted[i]}`).toBeLessThan(tolerance);
  }
}
