/**
 * Ops over graph nodes. Each op stands beside its gradient rule: `record(forward, [input, rule], …)`, where a
 * rule turns the gradient of the result into the gradient of that input. Rules are run only when a loss is
 * differentiated, and only for inputs that lead to a parameter.
 */
import type { Ops } from '@otzyv/core';
import { dropoutRule } from '../dropout.ts';
import type { Graph, Value } from './graph.ts';
import { createEmitters, type Dialect, range } from './node-emitters.ts';
import type { Dim } from './proto.ts';

/** Rows up to which the gradient of a table is a product of matrices. */
const SMALL_TABLE = 16;

/** (1 + x) / 2 in one pass, for an x between −1 and 1. */
const HALF_AND_HALF = { attributes: { alpha: { float: 0.5 }, beta: { float: 0.5 } } } as const;

export type GradientRule = (gradient: Value) => Value;

/** What was computed, in order: enough to walk it backwards. */
export interface TapeEntry {
  readonly output: Value;
  readonly inputs: readonly (readonly [Value, GradientRule])[];
}

export interface DifferentiableOps {
  readonly ops: Ops<Value>;
  readonly tape: readonly TapeEntry[];
}

/** How dropout is made: a graph input of random bytes per site, filled anew each step. */
export type DropoutSites = { dims: readonly Dim[]; name: string }[];

/** @param dropoutSites collects the random inputs that the graph needs; absent: dropout is the identity */
export function createOnnxOps(
  graph: Graph,
  dialect: Dialect,
  dropoutSites?: DropoutSites,
): DifferentiableOps {
  const emit = createEmitters(graph, dialect);
  const tape: TapeEntry[] = [];
  const recorded = new Set<string>();
  const record = (output: Value, ...inputs: (readonly [Value, GradientRule])[]): Value => {
    // an expression written twice is one node: its first place on the tape comes before all that use it
    if (!recorded.has(output.name)) tape.push({ output, inputs });
    recorded.add(output.name);
    return output;
  };

  /**
   * Large values of a single pass over memory are made anew when a gradient asks for them: that costs little time, and to
   * keep them would take as much memory again as all that has to be kept.
   */
  const remakers = new Map<string, () => Value>();
  const again = (x: Value): Value => remakers.get(x.name)?.() ?? x;

  const ops: Ops<Value> = {
    scalar: (value) => graph.float(value),

    add: (a, b) =>
      record(emit.add(a, b), [a, (dy) => emit.reduceTo(dy, a.dims)], [b, (dy) => emit.reduceTo(dy, b.dims)]),
    subtract: (a, b) =>
      record(
        emit.subtract(a, b),
        [a, (dy) => emit.reduceTo(dy, a.dims)],
        [b, (dy) => emit.negate(emit.reduceTo(dy, b.dims))],
      ),
    multiply: (a, b) =>
      record(
        emit.multiply(a, b),
        [a, (dy) => emit.reduceTo(emit.multiply(dy, b), a.dims)],
        [b, (dy) => emit.reduceTo(emit.multiply(dy, a), b.dims)],
      ),
    divide: (a, b) => {
      const y = emit.divide(a, b);
      return record(
        y,
        [a, (dy) => emit.reduceTo(emit.divide(dy, b), a.dims)],
        [b, (dy) => emit.negate(emit.reduceTo(emit.divide(emit.multiply(dy, y), b), b.dims))],
      );
    },

    exp: (x) => {
      const y = emit.exp(x);
      return record(y, [x, (dy) => emit.multiply(dy, y)]);
    },
    log: (x) => record(emit.log(x), [x, (dy) => emit.divide(dy, x)]),
    tanh: (x) => {
      const y = emit.tanh(x);
      return record(y, [x, (dy) => emit.multiply(dy, emit.subtract(graph.float(1), emit.multiply(y, y)))]);
    },
    relu: (x) => {
      const y = emit.relu(x);
      const positive = () => graph.node('Greater', [x, graph.float(0)], { dims: x.dims, type: 'bool' });
      return record(y, [x, (dy) => emit.multiply(dy, emit.cast(positive(), 'float32'))]);
    },
    // d/dx x·Φ(x) = Φ(x) + x·φ(x)
    gelu: (x) => {
      const y = emit.gelu(x);
      remakers.set(y.name, () => graph.again(y));
      return record(y, [
        x,
        (dy) => {
          const scaled = emit.multiply(x, graph.float(Math.SQRT1_2));
          const cdf = graph.node('HardSigmoid', [emit.erf(scaled)], { dims: x.dims }, HALF_AND_HALF);
          const logOfRoot = graph.float(-Math.log(2 * Math.PI) / 2);
          const density = emit.exp(emit.subtract(logOfRoot, emit.multiply(scaled, scaled)));
          return emit.multiply(dy, emit.add(cdf, emit.multiply(x, density)));
        },
      ]);
    },

    matmul: (a, b, { transposeA = false, transposeB = false, scale = 1 } = {}) =>
      record(
        emit.matmul(a, b, transposeA, transposeB, scale),
        [
          a,
          (dy) =>
            emit.reduceTo(
              transposeA
                ? emit.matmul(b, dy, transposeB, true, scale)
                : emit.matmul(dy, b, false, !transposeB, scale),
              a.dims,
            ),
        ],
        [
          b,
          (dy) =>
            emit.reduceTo(
              transposeB
                ? emit.matmul(dy, again(a), true, transposeA, scale)
                : emit.matmul(again(a), dy, !transposeA, false, scale),
              b.dims,
            ),
        ],
      ),
    linear: (x, weight, bias) =>
      record(
        // not Gemm: on threads it is slower than the product of a batch, its bias included (onnxruntime 1.30)
        emit.add(emit.matmul(x, weight, false, true), bias),
        [x, (dy) => emit.matmul(dy, weight)],
        [
          weight,
          (dy) =>
            graph.node(
              'Gemm',
              [emit.rows(dy), emit.rows(again(x))],
              { dims: weight.dims },
              { attributes: { transA: 1 } },
            ),
        ],
        [bias, (dy) => emit.reduceSum(emit.rows(dy), [0], false)],
      ),

    softmax: (x) => {
      const y = graph.node('Softmax', [x], { dims: x.dims }, { attributes: { axis: -1 } });
      const last = x.dims.length - 1;
      return record(y, [
        x,
        (dy) => {
          const weighted = emit.multiply(dy, y);
          return emit.subtract(weighted, emit.multiply(y, emit.reduceSum(weighted, [last], true)));
        },
      ]);
    },
    logSoftmax: (x) => {
      const y = emit.logSoftmax(x);
      const total = (dy: Value) => emit.reduceSum(dy, [x.dims.length - 1], true);
      return record(y, [x, (dy) => emit.subtract(dy, emit.multiply(emit.exp(y), total(dy)))]);
    },
    layerNorm: (x, scale, shift, epsilon) => {
      const statistics = { dims: [...x.dims.slice(0, -1), 1] };
      const [y, mean, inverseDeviation] = graph.nodes(
        'LayerNormalization',
        [x, scale, shift],
        [{ dims: x.dims }, statistics, statistics],
        { attributes: { axis: -1, epsilon: { float: epsilon } } },
      ) as [Value, Value, Value];
      remakers.set(y.name, () => graph.again(y));
      const normalised = () => emit.multiply(emit.subtract(x, mean), inverseDeviation);
      return record(
        y,
        [
          x,
          (dy) => {
            const inner = emit.multiply(dy, scale);
            const along = emit.multiply(normalised(), emit.reduceMean(emit.multiply(inner, normalised())));
            return emit.multiply(
              emit.subtract(emit.subtract(inner, emit.reduceMean(inner)), along),
              inverseDeviation,
            );
          },
        ],
        [scale, (dy) => emit.reduceTo(emit.multiply(dy, normalised()), scale.dims)],
        [shift, (dy) => emit.reduceTo(dy, shift.dims)],
      );
    },

    sum: (x, axis) => {
      const axes = axis === undefined ? range(x.dims.length) : [axis];
      const y = emit.reduceSum(x, axes, false);
      const spread = (dy: Value) => {
        const kept = axis === undefined ? dy : emit.unsqueeze(dy, axis);
        const shape = graph.node('Shape', [x], { dims: [x.dims.length], type: 'int64' });
        return graph.node('Expand', [kept, shape], { dims: x.dims });
      };
      return record(y, [x, spread]);
    },

    reshape: (x, dims) => {
      const shape = () => graph.node('Shape', [x], { dims: [x.dims.length], type: 'int64' });
      return record(emit.reshape(x, dims), [
        x,
        (dy) => graph.node('Reshape', [dy, shape()], { dims: x.dims }),
      ]);
    },
    transpose: (x, permutation) => {
      const inverse = range(permutation.length).map((axis) => permutation.indexOf(axis));
      return record(emit.transpose(x, permutation), [x, (dy) => emit.transpose(dy, inverse)]);
    },
    select: (x, axis, index) => {
      const y = graph.node(
        'Gather',
        [x, graph.integer(index)],
        { dims: x.dims.toSpliced(axis, 1), type: x.type },
        { attributes: { axis } },
      );
      return record(y, [x, (dy) => emit.placed(dy, x, axis, index)]);
    },
    gather: (table, ids) => {
      const width = table.dims[1] as number;
      return record(graph.node('Gather', [table, ids], { dims: [...ids.dims, width] }), [
        table,
        (dy) => {
          if ((table.dims[0] as number) <= SMALL_TABLE) {
            // all threads would write to the same few rows
            const hits = emit.oneHot(emit.reshape(ids, [-1]), table.dims[0] as number);
            return emit.matmul(hits, emit.rows(dy), true);
          }
          return emit.rowSums(ids, dy, table);
        },
      ]);
    },

    range: emit.positions,
    toFloat: (x) => emit.cast(x, 'float32'),
    oneHot: emit.oneHot,

    dropout: (x, rate) => {
      const { threshold, scale } = dropoutRule(rate);
      if (dropoutSites === undefined || threshold === 0) return x;
      const name = `dropout.${dropoutSites.length}`;
      dropoutSites.push({ name, dims: x.dims });
      const bytes = graph.input(name, 'uint8', x.dims);
      const scaling = graph.float(scale);
      const mask = emit.keepMask(bytes, threshold, scaling, (first) => first);
      const maskAgain = () => emit.keepMask(bytes, threshold, scaling, (first) => graph.again(first));
      const y = emit.multiply(x, mask);
      remakers.set(y.name, () => emit.multiply(x, maskAgain()));
      return record(y, [x, (dy) => emit.multiply(dy, maskAgain())]);
    },
  };
  return { ops, tape };
}
