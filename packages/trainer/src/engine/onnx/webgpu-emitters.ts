/**
 * What onnxruntime 1.30 has no WebGPU kernel for (FusedMatMul, LogSoftmax, Sum, OneHot, Range, ConstantOfShape, Clip of
 * bytes, arithmetic on int64), put together from kernels that it has: one node on the CPU in the middle of a step costs
 * the way of its operands to the CPU and back.
 */
import type { Graph, Value } from './graph.ts';
import { type CommonEmitters, range, type SpecialEmitters } from './node-emitters.ts';
import type { Dim } from './proto.ts';

/** More positions than any BERT has. */
const MOST_POSITIONS = 8192;

export function webgpuEmitters(graph: Graph, common: CommonEmitters): SpecialEmitters {
  const { subtract, multiply, exp, log, reduceSum, reshape, rows, unsqueeze, sizeOf, shapeOf, cast } = common;

  const equal = (a: Value, b: Value, dims: readonly Dim[]): Value =>
    cast(graph.node('Equal', [a, b], { dims, type: 'bool' }), 'float32');

  /** As floats: there is a Slice of those, and none of integers. */
  const positions = (x: Value, axis: number): Value =>
    graph.node('Slice', [graph.floats(COUNTED), graph.integers([0]), sizeOf(x, axis), graph.integers([0])], {
      dims: [x.dims[axis] as Dim],
    });

  return {
    oneHot: (ids, depth) =>
      equal(unsqueeze(ids, ids.dims.length), graph.int32s(range(depth)), [...ids.dims, depth]),

    // first along the rows: a sum over a whole table would be one workgroup's
    sumOfSquares: (tensors) => {
      const squares = tensors.map((x) => {
        const along = graph.node(
          'ReduceSumSquare',
          [x, graph.integers([x.dims.length - 1])],
          { dims: [...x.dims.slice(0, -1), 1] },
          { attributes: { keepdims: 1 } },
        );
        return reshape(reduceSum(along, range(x.dims.length), false), [1]);
      });
      const all = graph.node('Concat', squares, { dims: [squares.length] }, { attributes: { axis: 0 } });
      return reduceSum(all, [0], false);
    },

    logSoftmax: (x) => {
      const last = x.dims.length - 1;
      const largest = graph.node(
        'ReduceMax',
        [x, graph.integers([last])],
        { dims: [...x.dims.slice(0, -1), 1] },
        { attributes: { keepdims: 1 } },
      );
      const shifted = subtract(x, largest);
      return subtract(shifted, log(reduceSum(exp(shifted), [last], true)));
    },

    positions: (x, axis) => cast(positions(x, axis), 'int32'),

    placed: (part, x, axis, index) => {
      const along = equal(positions(x, axis), graph.float(index), [x.dims[axis] as Dim]);
      const trailing = x.dims.length - 1 - axis;
      const shape = [-1, ...Array<number>(trailing).fill(1)];
      return multiply(unsqueeze(part, axis), trailing === 0 ? along : reshape(along, shape));
    },

    // atomic on WebGPU: no addition is lost, but their order is the GPU's
    rowSums: (ids, updates, table) => {
      const { dims } = table;
      const zeros = graph.node('Expand', [graph.float(0), shapeOf(table)], { dims });
      const column = cast(reshape(ids, [-1, 1]), 'int64');
      return graph.node(
        'ScatterND',
        [zeros, column, rows(updates)],
        { dims },
        { attributes: { reduction: 'add' } },
      );
    },

    // at most 0 for bytes below the threshold, at least the scale for others
    keepMask: (bytes, threshold, scale, first) => {
      const line = first(
        graph.node('DequantizeLinear', [bytes, scale, graph.byte(threshold - 1)], { dims: bytes.dims }),
      );
      return graph.node('Clip', [line, graph.float(0), scale], { dims: bytes.dims });
    },
  };
}

const COUNTED = Array.from({ length: MOST_POSITIONS }, (_, i) => i);
