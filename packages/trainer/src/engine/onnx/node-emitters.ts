/**
 * ONNX nodes with their shapes worked out: what the differentiable ops and their gradient rules are built from.
 * Nothing here is differentiated.
 */
import type { Graph, Value } from './graph.ts';
import type { Dim } from './proto.ts';

/** onnxruntime's own operators beside ONNX's. */
const MICROSOFT = 'com.microsoft';

/**
 * `onnxruntime` may use its fused operators (training); `portable` keeps to the ONNX standard, so that any
 * reader can run the file (export).
 */
export type Dialect = 'portable' | 'onnxruntime';

export type Emitters = ReturnType<typeof createEmitters>;

export function createEmitters(graph: Graph, dialect: Dialect) {
  const binary = (type: string) => (a: Value, b: Value) =>
    graph.node(type, [a, b], { dims: broadcastDims(a.dims, b.dims) });
  const unary = (type: string) => (x: Value) => graph.node(type, [x], { dims: x.dims });

  const add = binary('Add');
  const subtract = binary('Sub');
  const multiply = binary('Mul');
  const divide = binary('Div');

  const reduceSum = (x: Value, axes: readonly number[], keepDims: boolean): Value =>
    graph.node(
      'ReduceSum',
      [x, graph.integers(axes)],
      { dims: reducedDims(x.dims, axes, keepDims) },
      { attributes: { keepdims: keepDims ? 1 : 0 } },
    );

  const reduceMean = (x: Value): Value =>
    graph.node(
      'ReduceMean',
      [x, graph.integers([x.dims.length - 1])],
      { dims: reducedDims(x.dims, [x.dims.length - 1], true) },
      { attributes: { keepdims: 1 } },
    );

  const transpose = (x: Value, permutation: readonly number[]): Value =>
    graph.node(
      'Transpose',
      [x],
      { dims: permutation.map((axis) => x.dims[axis] as Dim), type: x.type },
      { attributes: { perm: permutation } },
    );

  const matmul = (a: Value, b: Value, transposeA = false, transposeB = false, scale = 1): Value => {
    const dims = productDims(a.dims, b.dims, transposeA, transposeB);
    if (!transposeA && !transposeB && scale === 1) return graph.node('MatMul', [a, b], { dims });
    if (dialect === 'onnxruntime') {
      const attributes = {
        transA: Number(transposeA),
        transB: Number(transposeB),
        alpha: { float: scale },
      };
      return graph.node('FusedMatMul', [a, b], { dims }, { attributes, domain: MICROSOFT });
    }
    const straight = (x: Value, swap: boolean) => (swap ? transpose(x, lastTwoSwapped(x.dims.length)) : x);
    const scaled = scale === 1 ? a : multiply(a, graph.float(scale)); // a factor is smaller than the product
    return graph.node('MatMul', [straight(scaled, transposeA), straight(b, transposeB)], { dims });
  };

  /** @param dims one may be -1: what is left */
  const reshape = (x: Value, dims: readonly (number | 'keep')[]): Value =>
    graph.node('Reshape', [x, graph.integers(dims.map((dim) => (dim === 'keep' ? 0 : dim)))], {
      dims: dims.map((dim, axis) =>
        dim === 'keep' ? (x.dims[axis] as Dim) : dim === -1 ? restDim(x.dims, dims) : dim,
      ),
      type: x.type,
    });

  /** All axes but the last into one. */
  const rows = (x: Value): Value => (x.dims.length === 2 ? x : reshape(x, [-1, x.dims.at(-1) as number]));

  const unsqueeze = (x: Value, axis: number): Value =>
    graph.node('Unsqueeze', [x, graph.integers([axis])], {
      dims: x.dims.toSpliced(axis, 0, 1),
      type: x.type,
    });

  /** The size of one axis as an integer vector of length one. */
  const sizeOf = (x: Value, axis: number): Value =>
    graph.node('Shape', [x], { dims: [1], type: 'int64' }, { attributes: { start: axis, end: axis + 1 } });

  const zerosOf = (shape: Value, dims: readonly Dim[]): Value =>
    graph.node('ConstantOfShape', [shape], { dims });

  const cast = (x: Value, type: 'float32'): Value =>
    graph.node('Cast', [x], { dims: x.dims, type }, { attributes: { to: 1 } });

  return {
    add,
    subtract,
    multiply,
    divide,
    exp: unary('Exp'),
    log: unary('Log'),
    sqrt: unary('Sqrt'),
    tanh: unary('Tanh'),
    relu: unary('Relu'),
    erf: unary('Erf'),
    gelu: unary('Gelu'),
    negate: unary('Neg'),
    reduceSum,
    reduceMean,
    transpose,
    matmul,
    reshape,
    rows,
    unsqueeze,
    sizeOf,
    zerosOf,
    cast,
    /** Sums a gradient back to the shape of the operand that was broadcast. */
    reduceTo: (x: Value, dims: readonly Dim[]): Value => {
      const missing = x.dims.length - dims.length;
      const axes = x.dims.flatMap((dim, axis) =>
        axis < missing || (dims[axis - missing] === 1 && dim !== 1) ? [axis] : [],
      );
      if (axes.length === 0) return x;
      const kept = axes.filter((axis) => axis >= missing);
      if (kept.length === 0) return reduceSum(x, axes, false);
      const summed = reduceSum(x, axes, true);
      if (missing === 0) return summed;
      return graph.node('Squeeze', [summed, graph.integers(range(missing))], { dims });
    },
  };
}

export function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

function lastTwoSwapped(rank: number): number[] {
  return [...range(rank - 2), rank - 1, rank - 2];
}

function broadcastDims(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length);
  return range(rank).map((axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    return left === 1 ? right : left;
  });
}

function reducedDims(dims: readonly Dim[], axes: readonly number[], keepDims: boolean): Dim[] {
  return dims.flatMap((dim, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [dim]));
}

function productDims(a: readonly Dim[], b: readonly Dim[], transposeA: boolean, transposeB: boolean): Dim[] {
  const leading = a.length >= b.length ? a.slice(0, -2) : b.slice(0, -2);
  return [...leading, a.at(transposeA ? -1 : -2) as Dim, b.at(transposeB ? -2 : -1) as Dim];
}

/** What -1 stands for in a reshape: a number where it can be known, else a name for it. */
function restDim(from: readonly Dim[], to: readonly (number | 'keep')[]): Dim {
  const kept = to.flatMap((dim, axis) => (dim === 'keep' ? [from[axis] as Dim] : dim === -1 ? [] : [dim]));
  const names = from.filter((dim) => typeof dim === 'string' && !kept.includes(dim));
  const product = (dims: readonly Dim[]) =>
    dims.reduce<number>((all, dim) => (typeof dim === 'number' ? all * dim : all), 1);
  const factor = product(from) / product(kept);
  if (names.length === 0) return factor;
  return [...names, ...(factor === 1 ? [] : [factor])].join('*');
}
