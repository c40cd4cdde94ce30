/**
 * Ops that leave the padding out: dense layers, activations and norms see the tokens of a batch one below the other,
 * [tokens, width]; only attention, which needs texts side by side, gets them padded. Dense layers are where the time
 * goes, so it grows with the tokens, not with the longest text of a batch. Inputs and outputs of the graph stay as
 * they are, and all of it is operators of the ONNX standard.
 * Reference: ByteDance's effective transformer, https://github.com/bytedance/effective_transformer
 */
import type { Ops } from '@otzyv/core';
import type { Graph, Value } from './graph.ts';

/** @param attentionMask integers [batch, time]: 1 for a token, 0 for padding, not all of them 0 */
export function unpaddedOps(graph: Graph, ops: Ops<Value>, attentionMask: Value): Ops<Value> {
  const mask = ops.reshape(attentionMask, [-1]); // [batch · time]
  const integers = (type: string, inputs: readonly Value[], dims = mask.dims) =>
    graph.node(type, inputs, { dims, type: 'int64' });

  // where each token stands among all places …
  const placeOfToken = integers('Reshape', [integers('NonZero', [mask]), graph.integers([-1])], ['tokens']);
  // … and which token stands in each place; in padding any: attention masks it
  const counted = integers('CumSum', [mask, graph.integer(0)]);
  const tokenOfPlace = integers('Max', [integers('Sub', [counted, graph.integer(1)]), graph.integer(0)]);

  /** [batch, time, width] → [tokens, width] */
  const unpad = (x: Value): Value =>
    isPadded(x)
      ? graph.node('Gather', [ops.reshape(x, [-1, widthOf(x)]), placeOfToken], {
          dims: ['tokens', widthOf(x)],
        })
      : x;

  /** [tokens, width] → [batch, time, width] */
  const pad = (x: Value): Value => {
    if (!isUnpadded(x)) return x;
    const sizes = integers('Shape', [attentionMask], [2]);
    const shape = graph.node(
      'Concat',
      [sizes, graph.integers([widthOf(x)])],
      { dims: [3], type: 'int64' },
      { attributes: { axis: 0 } },
    );
    const places = graph.node('Gather', [x, tokenOfPlace], { dims: [...mask.dims, widthOf(x)] });
    return graph.node('Reshape', [places, shape], { dims: [...attentionMask.dims, widthOf(x)] });
  };

  const alike = (op: (a: Value, b: Value) => Value) => (a: Value, b: Value) =>
    isUnpadded(a) || isUnpadded(b) ? op(unpad(a), unpad(b)) : op(a, b);

  return {
    ...ops,
    add: alike(ops.add),
    subtract: alike(ops.subtract),
    multiply: alike(ops.multiply),
    divide: alike(ops.divide),
    linear: (x, weight, bias) => ops.linear(unpad(x), weight, bias),
    layerNorm: (x, scale, shift, epsilon) => ops.layerNorm(unpad(x), scale, shift, epsilon),
    matmul: (a, b, options) => ops.matmul(pad(a), pad(b), options),
    reshape: (x, dims) => ops.reshape(pad(x), dims),
    transpose: (x, permutation) => ops.transpose(pad(x), permutation),
    select: (x, axis, index) => ops.select(pad(x), axis, index),
  };
}

function isPadded({ dims, type }: Value): boolean {
  return dims.length === 3 && dims[0] === 'batch' && dims[1] === 'time' && type === 'float32';
}

function isUnpadded({ dims }: Value): boolean {
  return dims[0] === 'tokens';
}

function widthOf({ dims }: Value): number {
  return dims.at(-1) as number;
}
