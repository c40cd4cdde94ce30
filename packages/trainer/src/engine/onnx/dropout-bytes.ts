/**
 * The random bytes of a step's dropout: AES-128 in counter mode, keyed by the seed, with the step in the counter
 * block. Stateless, so that a resumed run draws the masks that an unbroken one would have drawn.
 */
import { createCipheriv, createHash } from 'node:crypto';

/** What is encrypted; the cipher's stream alone is left. */
let zeros = new Uint8Array();

export function dropoutBytes(seed: number, step: number, microBatch: number, length: number): Uint8Array {
  const key = createHash('sha256').update(`dropout ${seed}`).digest().subarray(0, 16);
  const counter = Buffer.alloc(16); // the last four bytes count the blocks
  counter.writeUInt32BE(step, 0);
  counter.writeUInt32BE(microBatch, 4);
  if (zeros.length < length) zeros = new Uint8Array(length);
  return createCipheriv('aes-128-ctr', key, counter).update(zeros.subarray(0, length));
}
