import { expect, test } from 'vitest';
import { parseGpus, readMachine } from './machine.ts';

test('cards are read as nvidia-smi prints them', () => {
  const csv = 'NVIDIA GeForce RTX 3060, 535.183.01, 12288, 11975\nTesla T4, 535.183.01, 15360, 15101\n';
  expect(parseGpus(csv)).toEqual([
    {
      ...{ name: 'NVIDIA GeForce RTX 3060', driver: '535.183.01' },
      ...{ memoryBytes: 12288 * 2 ** 20, freeBytes: 11975 * 2 ** 20 },
    },
    { name: 'Tesla T4', driver: '535.183.01', memoryBytes: 15360 * 2 ** 20, freeBytes: 15101 * 2 ** 20 },
  ]);
  expect(parseGpus('No devices were found\n')).toEqual([]);
});

test('the machine is described', async () => {
  const { node, cores, memoryBytes } = await readMachine();
  expect(node).toBe(process.versions.node);
  expect(cores).toBeGreaterThan(0);
  expect(memoryBytes).toBeGreaterThan(1e8);
});
