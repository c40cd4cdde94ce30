/** A GPU that has run out of memory says so in many words; ours name what can be made smaller. */
import { OtzyvError } from '@otzyv/core';
import type { Batch } from '../engine.ts';

/** What Dawn, its drivers and CUDA say. Of a tensor larger than a binding, WebGPU binds parts, until those are too many. */
const OUT_OF_MEMORY =
  /out of (device )?memory|OUT_OF_(DEVICE_|HOST_)?MEMORY|failed to allocate|bad_?alloc|max buffer size|Invalid Buffer|Too many storage buffers|Allocation size too large|device (is|was) lost/i;

/**
 * Runs something on the GPU.
 * @throws OtzyvError `system.gpu-memory` where it has too little memory for the batch, or for the model itself
 */
export async function withinMemory<T>(batch: Batch | undefined, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Error) || !OUT_OF_MEMORY.test(error.message)) throw error;
    throw batch === undefined
      ? new OtzyvError(
          'system.gpu-memory',
          'the GPU has no room for the weights of the model',
          'Take a smaller model, or --device cpu.',
          { cause: error },
        )
      : new OtzyvError(
          'system.gpu-memory',
          `the GPU has no room for a batch of ${batch.batch} texts of ${batch.time} tokens`,
          'Lower --batch-size and raise --gradient-accumulation-steps by as much (the same training), or lower --max-length.',
          { cause: error },
        );
  }
}
