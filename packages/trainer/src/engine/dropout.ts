/**
 * What decides a step's dropout: AES-128 in counter mode, keyed by the seed, with the step in the counter block. It is
 * stateless, so a resumed run draws the masks that an unbroken one would have drawn, and every engine draws the same:
 * one byte an element, for each dropout of the model in the order in which the model names them.
 */
import { createCipheriv, createHash } from 'node:crypto';

/** Fills an array with the next bytes. */
export type ByteStream = (bytes: Uint8Array) => void;

/** What is encrypted; the cipher's stream alone is left. */
const ZEROS = new Uint8Array(2 ** 20);

/** The random bytes of one micro-batch of a step. @param step 1, 2, … */
export function dropoutBytes(seed: number, step: number, microBatch: number): ByteStream {
  const key = createHash('sha256').update(`dropout ${seed}`).digest().subarray(0, 16);
  const counter = Buffer.alloc(16); // the last four bytes count the blocks
  counter.writeUInt32BE(step, 0);
  counter.writeUInt32BE(microBatch, 4);
  const cipher = createCipheriv('aes-128-ctr', key, counter);
  return (bytes) => {
    for (let from = 0; from < bytes.length; from += ZEROS.length) {
      bytes.set(cipher.update(ZEROS.subarray(0, bytes.length - from)), from);
    }
  };
}

/**
 * An element stays if its byte is not below the threshold. The rate is rounded to 1/256, and the scale of what stays
 * follows it: the expectation is exact.
 */
export function dropoutRule(rate: number): { readonly threshold: number; readonly scale: number } {
  const threshold = Math.min(255, Math.round(rate * 256));
  return { threshold, scale: 256 / (256 - threshold) };
}
