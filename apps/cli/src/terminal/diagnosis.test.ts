import type { Diagnosis } from '@otzyv/trainer';
import { expect, test } from 'vitest';
import { describeDiagnosis } from './diagnosis.ts';

const diagnosis: Diagnosis = {
  machine: {
    ...{ node: '23.1.0', platform: 'linux x64', cpu: 'Some Processor', cores: 8, mayHaveGpu: true },
    ...{ memoryBytes: 16e9, freeBytes: 4e9 },
    gpus: [{ name: 'NVIDIA Card', driver: '535', memoryBytes: 12e9, freeBytes: 11e9 }],
  },
  versions: { otzyv: '1', onnxruntime: '2', tfjs: '3' },
  engines: [
    {
      ...{ engine: 'onnx', on: 'cpu' },
      result: { works: true, losses: [1], stepMs: 12, gigaflops: 100.4, device: 'cpu' },
    },
    {
      ...{ engine: 'onnx', on: 'cuda', toHave: 'npm run setup:cuda' },
      result: { works: false, why: 'its library is not installed' },
    },
  ],
  chosen: { device: 'cpu', reason: 'no cuda' },
  misfits: [
    { what: 'this with that', isHere: true },
    { what: 'one with other', isHere: false },
  ],
};

test('what works comes with its times, what does not with why and what would add it', () => {
  const page = describeDiagnosis(diagnosis);
  expect(page).toMatch(/onnx +cpu +yes +CPU +12 ms +100/);
  expect(page).toMatch(/onnx +cuda +no/);
  expect(page).toContain('onnx on cuda: its library is not installed\n  to have it: npm run setup:cuda');
  expect(page).toContain('NVIDIA Card, driver 535, memory 12.0 GB, 11.0 GB free');
  expect(page).toContain('auto takes onnx on cpu: no cuda');
  expect(page).toContain('  here  this with that');
  expect(page).toContain('  not here  one with other');
});
