/**
 * AdamW over tensors, which may lie on a GPU: the same formula as `updateParameter` of `engine/adamw.ts`, which is for
 * arrays.
 */
import type { Tensor } from '@tensorflow/tfjs';
import type { AdamWStep } from '../adamw.ts';
import type { Tf } from './backends.ts';

/** A parameter with its moments. */
export type Slot = {
  readonly parameter: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
};

/** @returns what a parameter and its moments become. @param decays whether weight decay applies to it */
export function updated(
  tf: Tf,
  { parameter, firstMoment, secondMoment }: Slot,
  gradient: Tensor,
  decays: boolean,
  { learningRate, step, clip, beta1, beta2, epsilon, weightDecay }: AdamWStep,
): Slot {
  const first = tf.add(tf.mul(firstMoment, beta1), tf.mul(gradient, clip * (1 - beta1)));
  const squares = tf.mul(tf.square(gradient), clip * clip * (1 - beta2));
  const second = tf.add(tf.mul(secondMoment, beta2), squares);
  const correction = Math.sqrt(1 - beta2 ** step);
  const direction = tf.div(first, tf.add(tf.sqrt(second), epsilon * correction));
  const decayed = decays ? tf.mul(parameter, 1 - learningRate * weightDecay) : parameter;
  const moved = tf.sub(decayed, tf.mul(direction, (learningRate * correction) / (1 - beta1 ** step)));
  return { parameter: moved, firstMoment: first, secondMoment: second };
}

/** @returns [] the norm of all gradients together */
export function globalNorm(tf: Tf, gradients: readonly Tensor[]): Tensor {
  return tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
}
