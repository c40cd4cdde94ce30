import { readFileSync } from 'node:fs';
import { createRandom } from '@otzyv/core';
import { describe, expect, test } from 'vitest';
import type { SparseRows } from './features.ts';
import { minimize } from './lbfgs.ts';
import { logSumExp, objective, scoresOf } from './logistic-regression.ts';

const golden: {
  C: number;
  rows: number[][];
  labels: number[];
  class_weights: number[];
  probabilities: number[][];
  coefficients: number[][];
} = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/linear.json', import.meta.url), 'utf8'),
);

const rows = sparse(golden.rows);
const task = { rows, labels: golden.labels, classes: 3, classWeights: golden.class_weights, C: golden.C };
const size = (rows.columns + 1) * 3;

test('the gradient is its finite difference', () => {
  const random = createRandom(1);
  const at = Float64Array.from({ length: size }, () => random.normal());
  const { gradient } = objective(task, at);
  const step = 1e-5;
  at.forEach((value, i) => {
    const moved = (by: number) => objective(task, at.with(i, value + by)).value;
    expect(gradient[i]).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 5);
  });
});

test('the minimum is that of scikit-learn', async () => {
  const { x, isConverged } = await minimize((at) => objective(task, at), new Float64Array(size), {
    maxIterations: 500,
    gradientTolerance: 1e-5,
  });
  expect(isConverged).toBe(true);
  golden.coefficients.forEach((weights, c) => {
    weights.forEach((weight, column) => {
      expect(x[c * rows.columns + column]).toBeCloseTo(weight, 4);
    });
  });
  const scores = scoresOf(rows, x, 3);
  golden.probabilities.forEach((probabilities, row) => {
    const logTotal = logSumExp(scores, row);
    probabilities.forEach((p, c) => {
      expect(Math.exp(scores[c]![row]! - logTotal)).toBeCloseTo(p, 5);
    });
  });
});

test.each([1, 2, 4, 7])('%i classes, worked on by threes, get the scores of their own weights', (classes) => {
  const random = createRandom(classes);
  const parameters = Float64Array.from({ length: (rows.columns + 1) * classes }, () => random.normal());
  const scores = scoresOf(rows, parameters, classes);
  golden.rows.forEach((row, i) => {
    scores.forEach((ofClass, c) => {
      const weights = parameters.subarray(c * rows.columns, (c + 1) * rows.columns);
      const expected = row.reduce(
        (sum, x, k) => sum + x * weights[k]!,
        parameters[classes * rows.columns + c]!,
      );
      expect(ofClass[i]).toBeCloseTo(expected, 6);
    });
  });
});

describe('L-BFGS', () => {
  test('finds the bottom of Rosenbrock’s valley', async () => {
    const rosenbrock = (x: Float64Array) => {
      const [a, b] = [x[0]!, x[1]!];
      return {
        value: (1 - a) ** 2 + 100 * (b - a * a) ** 2,
        gradient: Float64Array.of(-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)),
      };
    };
    const found = await minimize(rosenbrock, Float64Array.of(-1.2, 1), {
      maxIterations: 200,
      gradientTolerance: 1e-8,
    });
    expect(found.isConverged).toBe(true);
    expect(found.x[0]).toBeCloseTo(1, 6);
    expect(found.x[1]).toBeCloseTo(1, 6);
  });

  test('says when it has not converged, and stops when asked to', async () => {
    const bowl = (x: Float64Array) => ({
      value: x.reduce((sum, v, i) => sum + (i + 1) * v ** 2, 0),
      gradient: x.map((v, i) => 2 * (i + 1) * v),
    });
    const start = Float64Array.from({ length: 50 }, (_, i) => i - 25);
    const cut = await minimize(bowl, start, { maxIterations: 2, gradientTolerance: 1e-9 });
    expect(cut).toMatchObject({ iterations: 2, isConverged: false });
    const stopped = await minimize(bowl, start, {
      maxIterations: 99,
      gradientTolerance: 1e-9,
      onIteration: () => true,
    });
    expect(stopped).toMatchObject({ iterations: 1, isConverged: false });
  });
});

function sparse(dense: number[][]): SparseRows {
  const entries = dense.map((row) =>
    row.flatMap((value, column) => (value === 0 ? [] : [{ column, value }])),
  );
  const starts = [0];
  for (const row of entries) starts.push(starts.at(-1)! + row.length);
  return {
    starts: Uint32Array.from(starts),
    indices: Uint32Array.from(entries.flat(), ({ column }) => column),
    values: Float32Array.from(entries.flat(), ({ value }) => value),
    columns: dense[0]!.length,
  };
}
