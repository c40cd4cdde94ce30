// How much a training step multiplies.
import { BATCH, LENGTH } from './training-side.js';

/** A million operations a millisecond are 10⁹ a second. */
export const MILLION = 1e6;

/**
 * Forward once, and twice that backward; in the last layer only keys and values are worked out for all tokens.
 * @returns millions of operations
 */
export function productsOfStep({ layers, hiddenSize: h, intermediateSize: i }) {
  const tokens = BATCH * LENGTH;
  const attention = (queries) => 2 * 2 * queries * LENGTH * h;
  const dense = (rows, weights) => 2 * rows * weights;
  const whole = dense(tokens, 4 * h * h + 2 * h * i) + attention(tokens);
  const last = dense(tokens, 2 * h * h) + dense(BATCH, 2 * h * h + 2 * h * i) + attention(BATCH);
  return (3 * ((layers - 1) * whole + last)) / MILLION;
}
