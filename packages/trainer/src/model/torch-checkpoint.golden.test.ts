import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readSafetensors, type Tensor } from './safetensors.ts';
import { readTorchCheckpoint } from './torch-checkpoint.ts';
import { readWeights } from './weights-file.ts';

const golden = (name: string) =>
  fileURLToPath(new URL(`../../../../test-fixtures/goldens/torch/${name}`, import.meta.url));

async function expectTensorsOf(file: string, tensors: ReadonlyMap<string, Tensor>): Promise<void> {
  const { tensors: expected } = await readSafetensors(golden(file));
  expect(new Set(tensors.keys())).toEqual(new Set(expected.keys()));
  for (const [name, { shape, data }] of expected) {
    expect(tensors.get(name)?.shape, name).toEqual(shape);
    expect([...(tensors.get(name)?.data ?? [])], name).toEqual([...data]);
  }
}

test.each(['zip.bin', 'legacy.bin'])(
  '%s, written by PyTorch, holds what PyTorch says it holds',
  async (name) => {
    const { tensors } = await readTorchCheckpoint(golden(name));
    await expectTensorsOf('expected.safetensors', tensors);
  },
);

test.each(['bert/zip', 'bert/legacy'])(
  '%s, a BERT as hubs hold it, is what PyTorch saved: tied, half-precision and transposed tensors too',
  async (name) => {
    const { tensors, file } = await readWeights(golden(name));
    expect(file).toMatch(/pytorch_model\.bin$/);
    await expectTensorsOf('bert/model.safetensors', tensors);
  },
);

test.each(['malicious-zip.bin', 'malicious-legacy.bin'])(
  '%s is refused, by the name of what it would call',
  async (name) => {
    await expect(readTorchCheckpoint(golden(name))).rejects.toThrow(/system/);
  },
);
