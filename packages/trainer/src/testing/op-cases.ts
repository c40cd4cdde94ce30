/**
 * Every op of `Ops<T>`, and what it must compute: the plain engine's result, and gradients that are its finite
 * differences. Each engine's ops are held to these.
 */
import { arrayOps, createRandom, type NdArray, ndArray, type Ops } from '@otzyv/core';
import { expect } from 'vitest';

/** An expression over float inputs (differentiated) and the integers [[0, 2], [2, 1]]. */
export type Expression = <T>(ops: Ops<T>, inputs: T[], ids: T) => T;

export const IDS = ndArray([2, 2], [0, 2, 2, 1]);

const cases: Record<string, { shapes: number[][]; positive?: boolean; expression: Expression }> = {
  'add, broadcasting': { shapes: [[2, 3], [3]], expression: (ops, [a, b]) => ops.add(a!, b!) },
  'add of a value to itself': { shapes: [[2, 3]], expression: (ops, [a]) => ops.add(a!, a!) },
  'subtract, broadcasting': { shapes: [[3], [2, 3]], expression: (ops, [a, b]) => ops.subtract(a!, b!) },
  'multiply, broadcasting an inner axis': {
    shapes: [
      [2, 3, 2],
      [3, 1],
    ],
    expression: (ops, [a, b]) => ops.multiply(a!, b!),
  },
  'multiply by a scalar': { shapes: [[2, 3], []], expression: (ops, [a, b]) => ops.multiply(a!, b!) },
  divide: {
    shapes: [
      [2, 3],
      [2, 3],
    ],
    positive: true,
    expression: (ops, [a, b]) => ops.divide(a!, b!),
  },
  exp: { shapes: [[4]], expression: (ops, [a]) => ops.exp(a!) },
  log: { shapes: [[4]], positive: true, expression: (ops, [a]) => ops.log(a!) },
  tanh: { shapes: [[4]], expression: (ops, [a]) => ops.tanh(a!) },
  relu: { shapes: [[3, 5]], expression: (ops, [a]) => ops.relu(a!) },
  gelu: { shapes: [[3, 5]], expression: (ops, [a]) => ops.gelu(a!) },
  matmul: {
    shapes: [
      [2, 3, 4],
      [2, 4, 2],
    ],
    expression: (ops, [a, b]) => ops.matmul(a!, b!),
  },
  'matmul, second transposed': {
    shapes: [
      [2, 2, 3, 4],
      [2, 2, 5, 4],
    ],
    expression: (ops, [a, b]) => ops.matmul(a!, b!, { transposeB: true }),
  },
  'matmul, first transposed': {
    shapes: [
      [2, 4, 3],
      [2, 4, 2],
    ],
    expression: (ops, [a, b]) => ops.matmul(a!, b!, { transposeA: true }),
  },
  'matmul, both transposed': {
    shapes: [
      [2, 4, 3],
      [2, 5, 4],
    ],
    expression: (ops, [a, b]) => ops.matmul(a!, b!, { transposeA: true, transposeB: true }),
  },
  'matmul, one matrix for the whole batch': {
    shapes: [
      [2, 3, 4],
      [4, 2],
    ],
    expression: (ops, [a, b]) => ops.matmul(a!, b!),
  },
  linear: { shapes: [[2, 3, 4], [5, 4], [5]], expression: (ops, [x, w, b]) => ops.linear(x!, w!, b!) },
  'linear on a matrix': {
    shapes: [[3, 4], [2, 4], [2]],
    expression: (ops, [x, w, b]) => ops.linear(x!, w!, b!),
  },
  softmax: { shapes: [[2, 3, 4]], expression: (ops, [a]) => ops.softmax(a!) },
  logSoftmax: { shapes: [[3, 4]], expression: (ops, [a]) => ops.logSoftmax(a!) },
  layerNorm: {
    shapes: [[2, 3, 8], [8], [8]],
    expression: (ops, [x, g, b]) => ops.layerNorm(x!, g!, b!, 1e-5),
  },
  'sum over all': { shapes: [[2, 3]], expression: (ops, [a]) => ops.sum(a!) },
  'sum over an axis': { shapes: [[2, 3, 4]], expression: (ops, [a]) => ops.sum(a!, 1) },
  reshape: { shapes: [[2, 6]], expression: (ops, [a]) => ops.tanh(ops.reshape(a!, ['keep', 3, -1])) },
  transpose: { shapes: [[2, 3, 4]], expression: (ops, [a]) => ops.transpose(a!, [2, 0, 1]) },
  select: { shapes: [[2, 3, 4]], expression: (ops, [a]) => ops.select(a!, 1, 1) },
  'gather, with repeated ids': {
    shapes: [[3, 4]],
    expression: (ops, [table], ids) => ops.gather(table!, ids),
  },
  'a table gathered from and multiplied by': {
    shapes: [[3, 4], [3]],
    expression: (ops, [table, bias], ids) => ops.linear(ops.tanh(ops.gather(table!, ids)), table!, bias!),
  },
  range: { shapes: [[3, 2]], expression: (ops, [a]) => ops.gather(a!, ops.range(a!, 0)) },
  'oneHot and toFloat': {
    shapes: [[3], [2, 2]],
    expression: (ops, [a, b], ids) =>
      ops.add(ops.sum(ops.multiply(ops.oneHot(ids, 3), a!), 2), ops.multiply(b!, ops.toFloat(ids))),
  },
  'one value used in many places': {
    shapes: [[2, 3]],
    expression: (ops, [a]) => ops.multiply(ops.tanh(a!), ops.add(ops.exp(ops.tanh(a!)), ops.softmax(a!))),
  },
};

export const OP_CASES = Object.entries(cases);

/** What an engine makes of an expression. */
export interface Differentiated {
  readonly output: ArrayLike<number>;
  /** of Σ output · direction, for each input */
  readonly gradients: readonly ArrayLike<number>[];
}

export type Differentiate = (
  inputs: NdArray[],
  direction: NdArray,
  expression: Expression,
) => Promise<Differentiated>;

export async function expectRightGradients(
  [name, { shapes, positive = false, expression }]: (typeof OP_CASES)[number],
  differentiated: Differentiate,
): Promise<void> {
  const random = createRandom(7, name);
  const inputs = shapes.map((shape) =>
    randomArray(shape, () => (positive ? 0.5 + random.uniform() : random.normal())),
  );
  const plain = (at: NdArray[]) => expression(arrayOps, at, IDS);
  const direction = randomArray(plain(inputs).shape, () => random.normal());
  const objective = (at: NdArray[]) => arrayOps.sum(arrayOps.multiply(plain(at), direction)).data[0]!;

  const { output, gradients } = await differentiated(inputs, direction, expression);
  expectClose(output, plain(inputs).data, 1e-5);
  for (const [i, input] of inputs.entries()) {
    expectClose(gradients[i]!, finiteDifferences(objective, inputs, input, i), 2e-4);
  }
}

function randomArray(shape: readonly number[], draw: () => number): NdArray {
  return ndArray(shape, Array.from({ length: shape.reduce((product, dim) => product * dim, 1) }, draw));
}

function finiteDifferences(
  objective: (at: NdArray[]) => number,
  inputs: NdArray[],
  input: NdArray,
  index: number,
): number[] {
  const step = 1e-5;
  const moved = (element: number, by: number) =>
    inputs.with(
      index,
      ndArray(
        input.shape,
        input.data.map((value, i) => (i === element ? value + by : value)),
      ),
    );
  return Array.from(
    input.data,
    (_, element) => (objective(moved(element, step)) - objective(moved(element, -step))) / (2 * step),
  );
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!) / Math.max(1, Math.abs(expected[i]!));
    expect(error, `element ${i}: ${actual[i]} for ${expected[i]}`).toBeLessThan(tolerance);
  }
}
