import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readSafetensors } from './safetensors.ts';
import { readTorchCheckpoint } from './torch-checkpoint.ts';

const golden = (name: string) =>
  fileURLToPath(new URL(`../../../../test-fixtures/goldens/torch/${name}`, import.meta.url));

test.each(['zip.bin', 'legacy.bin'])(
  '%s, written by PyTorch, holds what PyTorch says it holds',
  async (name) => {
    const { tensors: expected } = await readSafetensors(golden('expected.safetensors'));
    const { tensors } = await readTorchCheckpoint(golden(name));
    expect(new Set(tensors.keys())).toEqual(new Set(expected.keys()));
    for (const [tensor, { shape, data }] of expected) {
      expect(tensors.get(tensor)?.shape, tensor).toEqual(shape);
      expect([...(tensors.get(tensor)?.data ?? [])], tensor).toEqual([...data]);
    }
  },
);

test.each(['malicious-zip.bin', 'malicious-legacy.bin'])(
  '%s is refused, by the name of what it would call',
  async (name) => {
    await expect(readTorchCheckpoint(golden(name))).rejects.toThrow(/system/);
  },
);
