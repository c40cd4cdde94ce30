/** In software a graph takes seconds to compile, so these do much in few sessions. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadBertModel } from '../../inference/bert-model.ts';
import type { BertConfig } from '../../model/bert-config.ts';
import { bertParameters, initialTensor } from '../../model/bert-parameters.ts';
import { readSavedClassifier } from '../../model/saved-classifier.ts';
import { onnxStarter } from '../../testing/engines.ts';
import {
  batches,
  classification,
  copied,
  expectClose,
  expected,
  goldenOptions,
  isRounding,
  type Step,
  tensorsOf,
  uneven,
  weighted,
  withDropout,
} from '../../testing/golden-bert.ts';
import { expectedOfMasked, maskedBatches, maskedOptions } from '../../testing/golden-masked-lm.ts';
import { writeTinyClassifier } from '../../testing/tiny-bert.ts';
import { hasWebGpu, onWebGpu, webGpuStarter } from '../../testing/webgpu.ts';
import { DEFAULT_ADAMW } from '../adamw.ts';
import type { EngineOptions } from '../engine.ts';

const options = (changes: Partial<EngineOptions> = {}): EngineOptions => ({
  ...goldenOptions,
  weights: copied(goldenOptions.weights),
  ...changes,
});

describe.skipIf(!hasWebGpu)(`training ${onWebGpu}`, { timeout: 240_000 }, () => {
  test('logits, the losses and norms of 20 steps, and the weights after them are PyTorch’s', async () => {
    const engine = await webGpuStarter(options());
    expectClose(await engine.logits(batches[0]!), expected.logits.flat(), 1e-4);
    for (const [i, step] of (expected.training as Step[]).entries()) {
      const { loss, gradientNorm } = await engine.trainStep([batches[i]!], step.learning_rate);
      expectClose([loss, gradientNorm], [step.loss, step.grad_norm], 1e-4, `step ${i}`);
    }
    const { step, weights } = await engine.state();
    expect(step).toBe(20);
    const final = await tensorsOf('final.safetensors');
    for (const [name, { data }] of weights) {
      if (!isRounding(name)) expectClose(data, final.get(name)!.data, 1e-4, name);
    }
    await engine.dispose();
  });

  test('the gradient of every parameter is PyTorch’s', async () => {
    // with beta1 = 0 the first moment is the gradient itself
    const engine = await webGpuStarter(
      options({ optimizer: { ...DEFAULT_ADAMW, beta1: 0 }, maxGradNorm: 0 }),
    );
    await engine.trainStep([batches[0]!], 0);
    const gradients = await tensorsOf('gradients.safetensors');
    for (const [name, { data }] of (await engine.state()).firstMoments) {
      expectClose(data, gradients.get(name)!.data, 1e-4, name);
    }
    await engine.dispose();
  });

  test('of a masked language model, the losses and norms of 20 steps are PyTorch’s', async () => {
    const engine = await webGpuStarter({ ...maskedOptions, weights: copied(maskedOptions.weights) });
    for (const [i, step] of expectedOfMasked.training.entries()) {
      const { loss, gradientNorm } = await engine.trainStep([maskedBatches[i]!], step.learning_rate);
      expectClose([loss, gradientNorm], [step.loss, step.grad_norm], 1e-4, `step ${i}`);
    }
    await engine.dispose();
  });

  test('focal loss over two uneven batches each is PyTorch’s', async () => {
    const engine = await webGpuStarter(
      options({ objective: { ...classification, loss: { kind: 'focal', gamma: 2 } } }),
    );
    for (const [i, step] of (expected.focal_accumulation as Step[]).entries()) {
      const { loss, gradientNorm } = await engine.trainStep(
        uneven.slice(2 * i, 2 * i + 2),
        step.learning_rate,
      );
      expectClose([loss, gradientNorm], [step.loss, step.grad_norm], 1e-4, `step ${i}`);
    }
    await engine.dispose();
  });

  test('weights of examples count for what they do on the CPU, over uneven batches', async () => {
    const objective = { ...classification, weighsExamples: true };
    const [cpu, gpu] = [
      await onnxStarter(options({ objective })),
      await webGpuStarter(options({ objective })),
    ];
    for (let i = 0; i < 4; i += 2) {
      const micro = uneven.slice(i, i + 2).map(weighted);
      const [a, b] = [await cpu.trainStep(micro, 1e-3), await gpu.trainStep(micro, 1e-3)];
      expectClose([b.loss, b.gradientNorm], [a.loss, a.gradientNorm], 1e-4);
    }
    await Promise.all([cpu.dispose(), gpu.dispose()]);
  });

  test('a run begun on the CPU goes on, with the masks that the CPU would have drawn', async () => {
    const cpu = await onnxStarter(options(withDropout));
    const gpu = await webGpuStarter(options(withDropout));
    for (const batch of batches.slice(0, 3)) await cpu.trainStep([batch], 1e-3);
    gpu.restore(await cpu.state());
    for (const batch of batches.slice(3, 8)) {
      const [a, b] = [await cpu.trainStep([batch], 1e-3), await gpu.trainStep([batch], 1e-3)];
      expectClose([b.loss, b.gradientNorm], [a.loss, a.gradientNorm], 1e-4);
    }
    cpu.restore(await gpu.state()); // and back again
    const [a, b] = [await cpu.trainStep([batches[8]!], 1e-3), await gpu.trainStep([batches[8]!], 1e-3)];
    expectClose([a.loss, a.gradientNorm], [b.loss, b.gradientNorm], 1e-4);
    await Promise.all([cpu.dispose(), gpu.dispose()]);
  });

  test('a batch that does not fit is an error that says what to lower, and the engine goes on after it', async () => {
    // attention over these takes 16 GB, all else next to nothing
    const long: BertConfig = { ...goldenOptions.config, maxPositions: 2048, heads: 16 };
    const specs = bertParameters(long, 5);
    const engine = await webGpuStarter(
      options({
        config: long,
        weights: new Map(specs.map((spec) => [spec.name, initialTensor(spec, long, 1)])),
      }),
    );
    const [texts, tokens] = [60, 2048];
    const ids = (value: bigint) => new BigInt64Array(texts * tokens).fill(value);
    const labels = new BigInt64Array(texts);
    const tooMuch = {
      ...{ batch: texts, time: tokens, labels },
      ...{ inputIds: ids(5n), attentionMask: ids(1n), tokenTypeIds: ids(0n) },
    };
    for (const attempt of [() => engine.logits(tooMuch), () => engine.trainStep([tooMuch], 1e-3)]) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'system.gpu-memory',
        message: expect.stringContaining('60 texts of 2048 tokens'),
        hint: expect.stringContaining('--batch-size'),
      });
    }
    expect((await engine.trainStep([batches[0]!], 1e-3)).loss).toBeGreaterThan(0);
    expect((await engine.state()).step).toBe(1);
    await engine.dispose();
  });
});

describe.skipIf(!hasWebGpu)(`a finished model ${onWebGpu}`, { timeout: 120_000 }, () => {
  const folder = join(tmpdir(), `otzyv-webgpu-${process.pid}`);
  afterAll(() => rmSync(folder, { recursive: true }));

  test('answers as on the CPU', async () => {
    await writeTinyClassifier(folder, ['a', 'b', 'c']);
    const { labels } = await readSavedClassifier(folder);
    const texts = ['хороший телефон', 'платье не подошло по размеру, вернула', 'ок'];
    const [cpu, gpu] = await Promise.all(
      (['cpu', 'webgpu'] as const).map((device) => loadBertModel(folder, undefined, { device })),
    );
    const wanted = await cpu!.predict(texts);
    const { probabilities } = await gpu!.predict(texts);
    expect(probabilities).toHaveLength(texts.length * labels.length);
    expectClose(probabilities, wanted.probabilities, 1e-4);
    await Promise.all([cpu!.dispose(), gpu!.dispose()]);
  });
});
