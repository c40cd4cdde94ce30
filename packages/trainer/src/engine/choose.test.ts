import { describe, expect, test } from 'vitest';
import { batches, classification, goldenOptions } from '../testing/golden-bert.ts';
import { hasWebGpu, onWebGpu } from '../testing/webgpu.ts';
import { chooseEngine, startEngine } from './choose.ts';
import { mayHaveGpu } from './fastest-device.ts';
import { absenceOf } from './onnx/devices.ts';

test('what is asked for is taken; without a wish it is ONNX Runtime', async () => {
  expect(await chooseEngine('tfjs')).toEqual({ engine: 'tfjs', device: 'auto' });
  expect(await chooseEngine('onnx', 'cpu')).toEqual({ engine: 'onnx', device: 'cpu' });
  expect(await chooseEngine('auto', 'cpu')).toEqual({ engine: 'onnx', device: 'cpu' });
});

test.skipIf(mayHaveGpu())(
  'without a graphics device auto is the CPU, also where software offers WebGPU',
  async () => {
    expect(await chooseEngine('auto')).toEqual({ engine: 'onnx', device: 'cpu' });
  },
);

test.each(['onnx', 'tfjs'] as const)('%s starts, says where it runs, and answers', async (engine) => {
  const { engine: started, running } = await startEngine({ engine, device: 'cpu' }, goldenOptions);
  expect(running).toMatchObject({ name: engine, device: 'cpu', reason: expect.stringContaining('CPU') });
  expect(await started.logits(batches[0]!)).toHaveLength(batches[0]!.batch * classification.classes);
  await started.dispose();
});

test('threads that tfjs will not take are told of', async () => {
  const choice = { engine: 'tfjs', device: 'auto' } as const;
  const { engine, running } = await startEngine(choice, { ...goldenOptions, threads: 2 });
  expect(running.warnings.join()).toContain('--threads');
  await engine.dispose();
});

const hasCuda = (await absenceOf('cuda')) === undefined;

describe('a device that was asked for and is not there is refused, with the ways out', () => {
  const refusal = {
    code: 'system.no-device',
    hint: expect.stringMatching(/--device cpu.*otzyv doctor/),
  };

  test.skipIf(hasCuda)('CUDA on ONNX Runtime', async () => {
    const choice = chooseEngine('onnx', 'cuda');
    await expect(choice).rejects.toMatchObject({ ...refusal, message: expect.stringContaining('cuda') });
    await expect(choice).rejects.toMatchObject({ hint: expect.stringContaining('npm run setup:cuda') });
  });

  test.skipIf(hasWebGpu)('WebGPU on ONNX Runtime', async () => {
    await expect(chooseEngine('auto', 'webgpu')).rejects.toMatchObject(refusal);
  });

  test('WebGPU on tfjs', async () => {
    await expect(startEngine({ engine: 'tfjs', device: 'webgpu' }, goldenOptions)).rejects.toMatchObject({
      code: 'system.no-device',
      hint: expect.stringContaining('--engine onnx --device webgpu'),
    });
  });
});

test.skipIf(!hasWebGpu || mayHaveGpu())(`WebGPU in software is told of ${onWebGpu}`, async () => {
  const { engine, running } = await startEngine({ engine: 'onnx', device: 'webgpu' }, goldenOptions);
  expect(running).toMatchObject({ backend: 'webgpu', device: 'cpu' });
  expect(running.warnings.join()).toContain('software');
  await engine.dispose();
});
