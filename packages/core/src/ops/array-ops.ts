/**
 * The plainest engine: eager, float64, no differentiation. It computes losses where no training engine runs,
 * and it is what the fast engines' gradients are checked against by finite differences.
 */
import { OtzyvError } from '../errors.ts';
import { erf } from './erf.ts';
import type { Ops } from './ops.ts';

/** A dense row-major array. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** @throws OtzyvError `internal.shape` when the shape does not hold as many numbers */
export function ndArray(shape: readonly number[], data: ArrayLike<number>): NdArray {
  if (size(shape) !== data.length) {
    throw new OtzyvError(
      'internal.shape',
      `shape [${shape}] does not hold ${data.length} numbers`,
      'Check the shape.',
    );
  }
  return { shape, data: Float64Array.from(data) };
}

/** `Ops` over plain arrays of float64. Dropout is the identity. */
export const arrayOps: Ops<NdArray> = {
  scalar: (value) => ndArray([], [value]),
  add: (a, b) => zip(a, b, (x, y) => x + y),
  subtract: (a, b) => zip(a, b, (x, y) => x - y),
  multiply: (a, b) => zip(a, b, (x, y) => x * y),
  divide: (a, b) => zip(a, b, (x, y) => x / y),
  exp: (x) => map(x, Math.exp),
  log: (x) => map(x, Math.log),
  tanh: (x) => map(x, Math.tanh),
  relu: (x) => map(x, (v) => Math.max(v, 0)),
  gelu: (x) => map(x, (v) => 0.5 * v * (1 + erf(v * Math.SQRT1_2))),
  matmul: (a, b, { transposeA = false, transposeB = false, scale = 1 } = {}) => {
    const product = matrixProduct(transposeA ? swapLast(a) : a, transposeB ? swapLast(b) : b);
    return scale === 1 ? product : map(product, (value) => value * scale);
  },
  linear: (x, weight, bias) => arrayOps.add(arrayOps.matmul(x, weight, { transposeB: true }), bias),
  softmax: (x) =>
    mapRows(x, (row) => {
      const peak = Math.max(...row);
      const powers = row.map((v) => Math.exp(v - peak));
      const total = powers.reduce((sum, v) => sum + v, 0);
      return powers.map((v) => v / total);
    }),
  logSoftmax: (x) =>
    mapRows(x, (row) => {
      const peak = Math.max(...row);
      const logTotal = peak + Math.log(row.reduce((sum, v) => sum + Math.exp(v - peak), 0));
      return row.map((v) => v - logTotal);
    }),
  layerNorm: (x, scale, shift, epsilon) => {
    const normalised = mapRows(x, (row) => {
      const mean = row.reduce((sum, v) => sum + v, 0) / row.length;
      const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row.length;
      return row.map((v) => (v - mean) / Math.sqrt(variance + epsilon));
    });
    return arrayOps.add(arrayOps.multiply(normalised, scale), shift);
  },
  sum: (x, axis) => {
    if (axis === undefined) return ndArray([], [x.data.reduce((sum, v) => sum + v, 0)]);
    const [outer, length, inner] = around(x.shape, axis);
    const data = new Float64Array(outer * inner);
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < length; k++) {
        for (let i = 0; i < inner; i++) {
          data[o * inner + i] =
            (data[o * inner + i] as number) + (x.data[(o * length + k) * inner + i] as number);
        }
      }
    }
    return { shape: x.shape.toSpliced(axis, 1), data };
  },
  reshape: (x, dims) => {
    const known = dims.map((dim, axis) => (dim === 'keep' ? (x.shape[axis] as number) : dim));
    const rest = x.data.length / size(known.filter((dim) => dim !== -1));
    return ndArray(
      known.map((dim) => (dim === -1 ? rest : dim)),
      x.data,
    );
  },
  transpose,
  select: (x, axis, index) => {
    const [outer, length, inner] = around(x.shape, axis);
    const data = new Float64Array(outer * inner);
    for (let o = 0; o < outer; o++) {
      const from = (o * length + index) * inner;
      data.set(x.data.subarray(from, from + inner), o * inner);
    }
    return { shape: x.shape.toSpliced(axis, 1), data };
  },
  gather: (table, ids) => {
    const width = table.shape[1] as number;
    const data = new Float64Array(ids.data.length * width);
    ids.data.forEach((id, i) => {
      data.set(table.data.subarray(id * width, (id + 1) * width), i * width);
    });
    return { shape: [...ids.shape, width], data };
  },
  range: (x, axis) => {
    const length = x.shape[axis] as number;
    return ndArray(
      [length],
      Array.from({ length }, (_, i) => i),
    );
  },
  toFloat: (x) => x,
  oneHot: (ids, depth) => {
    const data = new Float64Array(ids.data.length * depth);
    ids.data.forEach((id, i) => {
      data[i * depth + id] = 1;
    });
    return { shape: [...ids.shape, depth], data };
  },
  dropout: (x) => x,
};

function size(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

function map(x: NdArray, f: (value: number) => number): NdArray {
  return { shape: x.shape, data: x.data.map((value) => f(value)) };
}

function mapRows(x: NdArray, f: (row: Float64Array) => Float64Array): NdArray {
  const width = x.shape.at(-1) ?? 1;
  const data = new Float64Array(x.data.length);
  for (let from = 0; from < data.length; from += width)
    data.set(f(x.data.subarray(from, from + width)), from);
  return { shape: x.shape, data };
}

/** [product of the axes before, size of the axis, product of the axes after] */
function around(shape: readonly number[], axis: number): [number, number, number] {
  return [size(shape.slice(0, axis)), shape[axis] as number, size(shape.slice(axis + 1))];
}

function zip(a: NdArray, b: NdArray, f: (x: number, y: number) => number): NdArray {
  const rank = Math.max(a.shape.length, b.shape.length);
  const left = [...Array(rank - a.shape.length).fill(1), ...a.shape] as number[];
  const right = [...Array(rank - b.shape.length).fill(1), ...b.shape] as number[];
  const shape = left.map((dim, axis) => (dim === 1 ? (right[axis] as number) : dim));
  if (shape.some((dim, axis) => right[axis] !== 1 && right[axis] !== dim)) {
    throw new OtzyvError(
      'internal.shape',
      `[${a.shape}] and [${b.shape}] do not broadcast`,
      'Check the shapes.',
    );
  }
  const data = new Float64Array(size(shape));
  for (let i = 0; i < data.length; i++) {
    data[i] = f(
      a.data[broadcastIndex(i, shape, left)] as number,
      b.data[broadcastIndex(i, shape, right)] as number,
    );
  }
  return { shape, data };
}

/** Where the element at `index` of an array of `shape` stands in one of `from`, whose axes of size 1 repeat. */
function broadcastIndex(index: number, shape: readonly number[], from: readonly number[]): number {
  let position = 0;
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const dim = shape[axis] as number;
    const fromDim = from[axis] as number;
    if (fromDim !== 1) position += (index % dim) * stride;
    stride *= fromDim;
    index = Math.floor(index / dim);
  }
  return position;
}

function transpose(x: NdArray, permutation: readonly number[]): NdArray {
  const shape = permutation.map((axis) => x.shape[axis] as number);
  const strides = x.shape.map((_, axis) => size(x.shape.slice(axis + 1)));
  const data = new Float64Array(x.data.length);
  for (let i = 0; i < data.length; i++) {
    let rest = i;
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const dim = shape[axis] as number;
      from += (rest % dim) * (strides[permutation[axis] as number] as number);
      rest = Math.floor(rest / dim);
    }
    data[i] = x.data[from] as number;
  }
  return { shape, data };
}

function swapLast(x: NdArray): NdArray {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

function matrixProduct(a: NdArray, b: NdArray): NdArray {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape.at(-1) as number;
  const leading = a.shape.length >= b.shape.length ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
  const data = new Float64Array(size(leading) * rows * columns);
  for (let m = 0; m < size(leading); m++) {
    const fromA = (m * rows * inner) % a.data.length;
    const fromB = (m * inner * columns) % b.data.length;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) {
          sum += (a.data[fromA + i * inner + k] as number) * (b.data[fromB + k * columns + j] as number);
        }
        data[(m * rows + i) * columns + j] = sum;
      }
    }
  }
  return { shape: [...leading, rows, columns], data };
}
