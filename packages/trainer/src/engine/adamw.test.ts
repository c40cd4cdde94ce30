import { expect, test } from 'vitest';
import { clipFactor } from './adamw.ts';

test.each([
  [0, 1],
  [0.5, 1],
  [4, 0.25],
  [1e-4, 5e-5],
])('gradients of norm %d, clipped at %d, shrink as PyTorch’s do', (norm, maxNorm) => {
  expect(clipFactor(norm, maxNorm)).toBeCloseTo(Math.min(1, maxNorm / (norm + 1e-6)), 6);
});

test('without a limit gradients stay as they are', () => {
  expect(clipFactor(1e6, 0)).toBe(1);
});
