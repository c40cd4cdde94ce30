/**
 * The vocabulary in which models and losses are written, once, for every engine. `T` is whatever the engine
 * says a tensor is: a node of an ONNX graph, a `tf.Tensor`. Shapes broadcast as in NumPy.
 *
 * Every op here is differentiable in its floating-point arguments unless its comment says otherwise.
 */
export interface Ops<T> {
  /** A float constant of shape []. */
  scalar(value: number): T;

  add(a: T, b: T): T;
  subtract(a: T, b: T): T;
  multiply(a: T, b: T): T;
  divide(a: T, b: T): T;

  exp(x: T): T;
  /** Natural logarithm. */
  log(x: T): T;
  tanh(x: T): T;
  relu(x: T): T;
  /** x·Φ(x) with the exact error function, `gelu` of transformers. */
  gelu(x: T): T;

  /** Matrix product over the last two axes, times `scale`; leading axes broadcast. */
  matmul(a: T, b: T, options?: { transposeA?: boolean; transposeB?: boolean; scale?: number }): T;
  /** A dense layer with PyTorch's layout: `x · weightᵀ + bias`. @param weight [out, in] @param bias [out] */
  linear(x: T, weight: T, bias: T): T;

  /** Over the last axis. */
  softmax(x: T): T;
  /** Over the last axis. */
  logSoftmax(x: T): T;
  /** Over the last axis, `epsilon` inside the root as in PyTorch. @param scale [n] @param shift [n] */
  layerNorm(x: T, scale: T, shift: T, epsilon: number): T;

  /** Sum over one axis, which disappears; over all axes when none is named. */
  sum(x: T, axis?: number): T;

  /** @param dims a number per axis, or `keep` for the size that the axis of the same index has; one may be -1 */
  reshape(x: T, dims: readonly (number | 'keep')[]): T;
  transpose(x: T, permutation: readonly number[]): T;
  /** The slice at `index` of `axis`; the axis disappears. */
  select(x: T, axis: number, index: number): T;
  /** Rows of a table. @param table [rows, width] @param ids integers of any shape; not differentiable @returns [...ids, width] */
  gather(table: T, ids: T): T;

  /** Integers 0 … n−1 where n is the size of `axis` of x. Not differentiable. */
  range(x: T, axis: number): T;
  /** Integers to floats. Not differentiable. */
  toFloat(x: T): T;
  /** Integers of any shape to rows of zeros with a one. Not differentiable. @returns [...ids, depth] */
  oneHot(ids: T, depth: number): T;

  /** Zeroes each element with probability `rate` and scales the rest by 1/(1−rate); the identity outside training. */
  dropout(x: T, rate: number): T;
}
