/** Masked language modelling, on every engine: the numbers of transformers' BertForMaskedLM and of PyTorch. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { classifierConfigJson, maskedLmConfigJson } from '../model/bert-config.ts';
import { engineStarters, onnxStarter, tfjsStarters } from '../testing/engines.ts';
import { copied, expectClose, isRounding } from '../testing/golden-bert.ts';
import {
  maskedBatches as batches,
  expectedOfMasked as expected,
  MASKED_LM_FOLDER,
  maskedConfig,
  maskedOptions,
  maskedTensorsOf,
} from '../testing/golden-masked-lm.ts';
import { DEFAULT_ADAMW } from './adamw.ts';
import type { Engine, EngineOptions } from './engine.ts';

/** With beta1 = 0 the first moment is the gradient itself. */
const gradients = { optimizer: { ...DEFAULT_ADAMW, beta1: 0 }, maxGradNorm: 0 };
const withDropout = { config: { ...maskedConfig, hiddenDropout: 0.1, attentionDropout: 0.1 } };
const optionsWith = (changes: Partial<EngineOptions>): EngineOptions => ({
  ...maskedOptions,
  weights: copied(maskedOptions.weights),
  ...changes,
});

test('the config.json that Python has read is the one we write today', () => {
  const config = JSON.parse(readFileSync(`${MASKED_LM_FOLDER}config.json`, 'utf8'));
  expect(maskedLmConfigJson(config)).toEqual(config);
  const classifier = classifierConfigJson({ ...config, torch_dtype: 'float16' }, ['да', 'нет']);
  expect(maskedLmConfigJson(classifier)).toEqual(config); // what was a classifier is none any more
});

describe.each(await engineStarters())('%s', (_, start) => {
  const engines: Engine[] = [];
  async function engineWith(changes: Partial<EngineOptions> = {}): Promise<Engine> {
    const engine = await start(optionsWith(changes));
    engines.push(engine);
    return engine;
  }
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.dispose();
  });

  test('logits, at the masked positions only', async () => {
    expectClose(await (await engineWith()).logits(batches[0]!), expected.logits.flat(), 1e-4);
  });

  test('the gradient of every parameter, of the word embeddings from both their uses', async () => {
    const engine = await engineWith(gradients);
    const { loss } = await engine.trainStep([batches[0]!], 0);
    expect(loss).toBeCloseTo(expected.loss, 5);
    const wanted = await maskedTensorsOf('gradients.safetensors');
    const found = (await engine.state()).firstMoments;
    expect([...found.keys()].sort()).toEqual([...wanted.keys()].sort());
    for (const [name, { data }] of found) expectClose(data, wanted.get(name)!.data, 1e-4, name);
  });

  test('20 steps: losses, gradient norms, and the weights after them', async () => {
    const engine = await engineWith();
    for (const [i, step] of expected.training.entries()) {
      const { loss, gradientNorm } = await engine.trainStep([batches[i]!], step.learning_rate);
      expectClose([loss, gradientNorm], [step.loss, step.grad_norm], 1e-4, `step ${i}`);
    }
    const final = await maskedTensorsOf('final.safetensors');
    for (const [name, { data }] of (await engine.state()).weights) {
      // AdamW divides a gradient that nearly vanishes by its own size
      if (!isRounding(name)) expectClose(data, final.get(name)!.data, 1e-3, name);
    }
  });

  test('10 steps over two batches each, in which more or fewer tokens are masked, as if they were one', async () => {
    expect(batches[0]!.labels.length).not.toBe(batches[1]!.labels.length);
    const engine = await engineWith();
    for (const [i, step] of expected.accumulation.entries()) {
      const { loss, gradientNorm } = await engine.trainStep(
        batches.slice(2 * i, 2 * i + 2),
        step.learning_rate,
      );
      expectClose([loss, gradientNorm], [step.loss, step.grad_norm], 1e-4, `step ${i}`);
    }
  });

  test('a step repeats bit for bit, dropout included', async () => {
    const run = async () => {
      const engine = await engineWith(withDropout);
      for (const batch of batches.slice(0, 3)) await engine.trainStep([batch], 1e-3);
      return copied((await engine.state()).weights);
    };
    expect(await run()).toEqual(await run());
  });
});

test.each(await tfjsStarters())('onnx and %s agree on every gradient, with dropout', async (_, startTfjs) => {
  const [onnx, tfjs] = await Promise.all(
    [onnxStarter, startTfjs].map(async (start) => {
      const engine = await start(optionsWith({ ...withDropout, ...gradients }));
      const { loss, gradientNorm } = await engine.trainStep(batches.slice(0, 3), 0);
      const found = copied((await engine.state()).firstMoments);
      await engine.dispose();
      return { told: [loss, gradientNorm], found };
    }),
  );
  expectClose(tfjs!.told, onnx!.told, 1e-4);
  for (const [name, { data }] of tfjs!.found) expectClose(data, onnx!.found.get(name)!.data, 1e-4, name);
});
