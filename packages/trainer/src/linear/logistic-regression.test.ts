import { readFileSync } from 'node:fs';
import { classCounts, classWeights, createRandom } from '@otzyv/core';
import { describe, expect, test } from 'vitest';
import { centring } from './centring.ts';
import type { SparseRows } from './features.ts';
import { minimize } from './lbfgs.ts';
import { objective, softmaxInPlace } from './logistic-regression.ts';
import { addRowProduct, scoresOf } from './sparse-products.ts';

const golden: {
  C: number;
  rows: number[][];
  labels: number[];
  class_weights: number[];
  probabilities: number[][];
  coefficients: number[][];
  sample_weights: number[];
  balanced: { class_weights: number[]; probabilities: number[][]; coefficients: number[][] };
} = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/linear.json', import.meta.url), 'utf8'),
);

const rows = sparse(golden.rows);
const blocks = [sparse(golden.rows.slice(0, 7)), sparse(golden.rows.slice(7))];
const task = { blocks, labels: golden.labels, classes: 3, classWeights: golden.class_weights, C: golden.C };
const size = (rows.columns + 1) * 3;

const weightedTask = {
  ...task,
  exampleWeights: golden.sample_weights,
  classWeights: classWeights(classCounts(golden.labels, 3, golden.sample_weights), 'balanced'),
};

test.each([
  ['', task],
  [' with weights of rows', weightedTask],
])('the gradient%s is its finite difference', async (_, task) => {
  const random = createRandom(1);
  const at = Float64Array.from({ length: size }, () => random.normal());
  const { gradient } = await objective(task, at);
  const step = 1e-5;
  for (const [i, value] of at.entries()) {
    const moved = async (by: number) => (await objective(task, at.with(i, value + by))).value;
    expect(gradient[i]).toBeCloseTo(((await moved(step)) - (await moved(-step))) / (2 * step), 5);
  }
});

const rowWeight = (row: number) => golden.class_weights[golden.labels[row]!]!;
const { plain, centred } = centring(blocks, rowWeight, 3);

test('the gradient by centred parameters is its finite difference', async () => {
  const random = createRandom(2);
  const at = Float64Array.from({ length: size }, () => random.normal());
  const { gradient } = centred(await objective(task, plain(at)));
  const step = 1e-5;
  for (const [i, value] of at.entries()) {
    const moved = async (by: number) => (await objective(task, plain(at.with(i, value + by)))).value;
    expect(gradient[i]).toBeCloseTo(((await moved(step)) - (await moved(-step))) / (2 * step), 5);
  }
});

test.each([
  ['as they are', (x: Float64Array) => x, (x: Float64Array) => objective(task, x)],
  ['centred', plain, async (x: Float64Array) => centred(await objective(task, plain(x)))],
] as const)('the minimum is that of scikit-learn, parameters %s', async (_, asPlain, f) => {
  await expectMinimum(f, asPlain, golden);
});

test('classes are balanced by what their rows weigh, and the minimum is that of scikit-learn', async () => {
  weightedTask.classWeights.forEach((weight, id) => {
    expect(weight).toBeCloseTo(golden.balanced.class_weights[id]!, 6);
  });
  const weight = (row: number) =>
    weightedTask.classWeights[golden.labels[row]!]! * golden.sample_weights[row]!;
  const { plain, centred } = centring(blocks, weight, 3);
  const f = async (x: Float64Array) => centred(await objective(weightedTask, plain(x)));
  await expectMinimum(f, plain, golden.balanced);
});

async function expectMinimum(
  f: Parameters<typeof minimize>[0],
  asPlain: (x: Float64Array) => Float64Array,
  wanted: { probabilities: number[][]; coefficients: number[][] },
): Promise<void> {
  const { x, isConverged } = await minimize(f, new Float64Array(size), {
    maxIterations: 500,
    gradientTolerance: 1e-5,
  });
  expect(isConverged).toBe(true);
  const parameters = asPlain(x);
  wanted.coefficients.forEach((weights, c) => {
    weights.forEach((weight, column) => {
      expect(parameters[column * 3 + c]).toBeCloseTo(weight, 4);
    });
  });
  const scores = scoresOf(rows, parameters, 3);
  wanted.probabilities.forEach((probabilities, row) => {
    softmaxInPlace(scores, 3 * row, 3);
    probabilities.forEach((p, c) => {
      expect(scores[3 * row + c]).toBeCloseTo(p, 5);
    });
  });
}

test.each([1, 2, 4, 7])('%i classes, worked on by threes, get the scores of their own weights', (classes) => {
  const random = createRandom(classes);
  const parameters = Float64Array.from({ length: (rows.columns + 1) * classes }, () => random.normal());
  const scores = scoresOf(rows, parameters, classes);
  golden.rows.forEach((row, i) => {
    const alone = parameters.slice(-classes);
    const vector = sparse([row]);
    addRowProduct(vector, vector.indices.length, Float32Array.from(parameters), alone);
    for (let c = 0; c < classes; c++) {
      const expected = row.reduce(
        (sum, x, column) => sum + x * parameters[column * classes + c]!,
        parameters[rows.columns * classes + c]!,
      );
      expect(scores[i * classes + c]).toBeCloseTo(expected, 6);
      expect(alone[c]).toBeCloseTo(expected, 5);
    }
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
