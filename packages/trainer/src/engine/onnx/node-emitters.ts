/**
 * ONNX nodes with their shapes worked out: what the differentiable ops and their gradient rules are built from.
 * Nothing here is differentiated.
 */
import type { Graph, Value } from './graph.ts';
import { type Dim, ELEMENT_TYPE, type ElementType } from './proto.ts';
import { webgpuEmitters } from './webgpu-emitters.ts';

const ADD_TO_ROWS = { attributes: { axis: 0, reduction: 'add' } } as const;

/** onnxruntime's own operators beside ONNX's. */
const MICROSOFT = 'com.microsoft';

/**
 * `onnxruntime` may use its fused operators (training); `portable` keeps to the ONNX standard, so that any
 * reader can run the file (export); `webgpu` keeps to what onnxruntime has WebGPU kernels for, and its integers are
 * short (training on a GPU).
 */
export type Dialect = 'portable' | 'onnxruntime' | 'webgpu';

/** What token ids and labels are. */
export function integersOf(dialect: Dialect): 'int32' | 'int64' {
  return dialect === 'webgpu' ? 'int32' : 'int64';
}

export type Emitters = ReturnType<typeof createEmitters>;
export type CommonEmitters = ReturnType<typeof commonEmitters>;
export type SpecialEmitters = ReturnType<typeof cpuEmitters>;

export function createEmitters(graph: Graph, dialect: Dialect) {
  const common = commonEmitters(graph, dialect);
  const special: SpecialEmitters =
    dialect === 'webgpu' ? webgpuEmitters(graph, common) : cpuEmitters(graph, common);
  return { ...common, ...special };
}

function commonEmitters(graph: Graph, dialect: Dialect) {
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

  /** All sizes: a constant where they are known. */
  const shapeOf = ({ name, type, dims }: Value): Value =>
    isKnown(dims)
      ? graph.integers(dims)
      : graph.node('Shape', [{ name, type, dims }], { dims: [dims.length], type: 'int64' });

  const cast = (x: Value, type: ElementType): Value =>
    graph.node('Cast', [x], { dims: x.dims, type }, { attributes: { to: ELEMENT_TYPE[type] } });

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
    shapeOf,
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

/** What there is no WebGPU kernel for. */
function cpuEmitters(graph: Graph, { reshape, rows, unsqueeze, sizeOf, shapeOf }: CommonEmitters) {
  const oneHot = (ids: Value, depth: number): Value =>
    graph.node('OneHot', [ids, graph.integer(depth), graph.floats([0, 1])], { dims: [...ids.dims, depth] });

  return {
    oneHot,

    /** @returns [] over all elements of all tensors */
    sumOfSquares: (tensors: readonly Value[]): Value => {
      const squares = tensors.map((x) =>
        graph.node('ReduceSumSquare', [x], { dims: [] }, { attributes: { keepdims: 0 } }),
      );
      return graph.node('Sum', squares, { dims: [] });
    },

    logSoftmax: (x: Value): Value =>
      graph.node('LogSoftmax', [x], { dims: x.dims }, { attributes: { axis: -1 } }),

    /** 0, 1, … along an axis of x, as integers. */
    positions: (x: Value, axis: number): Value => {
      const limit = graph.node('Squeeze', [sizeOf(x, axis)], { dims: [], type: 'int64' });
      return graph.node('Range', [graph.integer(0), limit, graph.integer(1)], {
        dims: [x.dims[axis] as Dim],
        type: 'int64',
      });
    },

    /** Zeros like x, but for `part` where the axis is at `index`. */
    placed: (part: Value, x: Value, axis: number, index: number): Value => {
      const after = graph.node('Sub', [sizeOf(x, axis), graph.integers([index + 1])], {
        dims: [1],
        type: 'int64',
      });
      const pads = graph.node(
        'Concat',
        [graph.integers([index]), after],
        { dims: [2], type: 'int64' },
        { attributes: { axis: 0 } },
      );
      return graph.node('Pad', [unsqueeze(part, axis), pads, graph.float(0), graph.integers([axis])], {
        dims: x.dims,
      });
    },

    /** Zeros like the table, to whose rows `ids` the rows of `updates` are added. */
    rowSums: (ids: Value, updates: Value, table: Value): Value => {
      // not ScatterND: with two threads and repeated ids it loses additions (onnxruntime 1.30)
      const { dims } = table;
      const zeros = graph.node('ConstantOfShape', [shapeOf(table)], { dims });
      const added = rows(updates);
      const shape = graph.node('Shape', [added], { dims: [2], type: 'int64' });
      const column = reshape(ids, [-1, 1]);
      const indices = graph.node('Expand', [column, shape], { dims: added.dims, type: 'int64' });
      return graph.node('ScatterElements', [zeros, indices, added], { dims }, ADD_TO_ROWS);
    },

    /**
     * 0 for bytes below the threshold, the scale for others.
     * @param first what becomes of the first large value on the way
     */
    keepMask: (bytes: Value, threshold: number, scale: Value, first: (x: Value) => Value): Value => {
      // threshold − 1 or threshold, and from there to 0 or the scale: fewer passes than comparing and casting
      const [low, high] = [graph.byte(threshold - 1), graph.byte(threshold)];
      const kept = first(graph.node('Clip', [bytes, low, high], { dims: bytes.dims, type: 'uint8' }));
      return graph.node('DequantizeLinear', [kept, scale, low], { dims: bytes.dims });
    },
  };
}

export function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

function isKnown(dims: readonly Dim[]): dims is readonly number[] {
  return dims.every((dim) => typeof dim === 'number');
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
