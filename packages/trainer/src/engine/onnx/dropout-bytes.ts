/**
 * The random bytes of a step's dropout: AES-128 in counter mode, keyed by the seed, with the step in the counter
 * block. Stateless, so that a resumed run draws the masks that an unbroken one would have drawn.
 */
import { createCipheriv, createHash } from 'node:crypto';

/** What is encrypted; the cipher's stream alone is left. */
const ZEROS = new Uint8Array(2 ** 20);

/** Fills `bytes` with those of one micro-batch of a step. @param step 1, 2, … */
export function fillDropoutBytes(bytes: Uint8Array, seed: number, step: number, microBatch: number): void {
  const key = createHash('sha256').update(`dropout ${seed}`).digest().subarray(0, 16);
  const counter = Buffer.alloc(16); // the last four bytes count the blocks
  counter.writeUInt32BE(step, 0);
  counter.writeUInt32BE(microBatch, 4);
  const cipher = createCipheriv('aes-128-ctr', key, counter);
  for (let from = 0; from < bytes.length; from += ZEROS.length) {
    bytes.set(cipher.update(ZEROS.subarray(0, bytes.length - from)), from);
  }
}
