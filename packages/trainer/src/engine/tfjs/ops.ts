/** Ops over `tf.Tensor`: eager, differentiated by tfjs. */
import type { Ops } from '@otzyv/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import { type ByteStream, dropoutRule } from '../dropout.ts';
import type { Tf } from './backends.ts';

/** @param randomBytes of dropout; absent: dropout is the identity */
export function createTfjsOps(tf: Tf, randomBytes?: ByteStream): Ops<Tensor> {
  const ops: Ops<Tensor> = {
    scalar: (value) => tf.scalar(value),

    add: (a, b) => tf.add(a, b),
    subtract: (a, b) => tf.sub(a, b),
    multiply: (a, b) => tf.mul(a, b),
    divide: (a, b) => tf.div(a, b),

    exp: (x) => tf.exp(x),
    log: (x) => tf.log(x),
    tanh: (x) => tf.tanh(x),
    relu: (x) => tf.relu(x),
    gelu: (x) => {
      const cdf = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
      return tf.mul(x, cdf);
    },

    matmul: (a, b, { transposeA = false, transposeB = false, scale = 1 } = {}) => {
      const leading = (a.rank >= b.rank ? a : b).shape.slice(0, -2);
      const [left, right] = [withLeading(tf, a, leading), withLeading(tf, b, leading)];
      return tf.matMul(scale === 1 ? left : tf.mul(left, scale), right, transposeA, transposeB);
    },
    linear: (x, weight, bias) => {
      const [out, width] = weight.shape as [number, number];
      const product = tf.matMul(tf.reshape(x, [-1, width]), weight, false, true);
      return tf.reshape(tf.add(product, bias), [...x.shape.slice(0, -1), out]);
    },

    softmax: (x) => tf.softmax(x),
    logSoftmax: (x) => tf.logSoftmax(x),
    layerNorm: (x, scale, shift, epsilon) => {
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const variance = tf.mean(tf.square(centred), -1, true);
      const normalised = tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
      return tf.add(tf.mul(normalised, scale), shift);
    },

    sum: (x, axis) => tf.sum(x, axis),

    reshape: (x, dims) =>
      tf.reshape(
        x,
        dims.map((dim, axis) => (dim === 'keep' ? (x.shape[axis] as number) : dim)),
      ),
    transpose: (x, permutation) => tf.transpose(x, [...permutation]),
    select: (x, axis, index) => {
      const begin = x.shape.map((_, i) => (i === axis ? index : 0));
      const size = x.shape.with(axis, 1);
      return tf.reshape(tf.slice(x, begin, size), x.shape.toSpliced(axis, 1));
    },
    gather: (table, ids) => tf.gather(table, ids as Tensor1D), // of any shape, whatever its type says

    range: (x, axis) => tf.range(0, x.shape[axis] as number, 1, 'int32'),
    toFloat: (x) => tf.cast(x, 'float32'),
    oneHot: (ids, depth) =>
      // tf.oneHot refuses a depth of 1
      tf.cast(tf.equal(tf.expandDims(ids, -1), tf.range(0, depth, 1, 'int32')), 'float32'),

    dropout: (x, rate) => {
      const { threshold, scale } = dropoutRule(rate);
      if (randomBytes === undefined || threshold === 0) return x;
      const bytes = new Uint8Array(x.size);
      randomBytes(bytes);
      const mask = new Float32Array(x.size);
      for (let i = 0; i < mask.length; i++) if ((bytes[i] as number) >= threshold) mask[i] = scale;
      return tf.mul(x, tf.tensor(mask, x.shape));
    },
  };
  return ops;
}

/** The matrices repeated along the leading axes, where they lack them. */
function withLeading(tf: Tf, x: Tensor, leading: readonly number[]): Tensor {
  if (x.rank - 2 === leading.length) return x;
  return tf.broadcastTo(x, [...leading, ...x.shape.slice(-2)]);
}
