/**
 * Reading weights off a disk a piece at a time, and their element types as float32. Files of gigabytes are
 * never held whole: each tensor is read by its offset, float32 straight into the memory it stays in.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { OtzyvError } from '@otzyv/core';
import { fileError } from '../files.ts';

/** Bytes per element, by safetensors' names of the types. */
const BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

export type ElementType = keyof typeof BYTES;
export type FloatType = 'F64' | 'F32' | 'F16' | 'BF16';

export const isElementType = (name: string): name is ElementType => Object.hasOwn(BYTES, name);
export const isFloatType = (type: ElementType): type is FloatType => type.includes('F');
export const bytesPerElement = (type: ElementType): number => BYTES[type];
export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((product, dim) => product * dim, 1);

export interface OpenFile {
  readonly path: string;
  readonly size: number;
  /** @throws OtzyvError when the file ends before `position + length` */
  read(position: number, length: number): Promise<ArrayBuffer>;
}

/** Opens a file for the time of `use`. */
export async function withFile<T>(path: string, use: (file: OpenFile) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw fileError(error, path);
  });
  try {
    const { size } = await handle.stat();
    return await use({ path, size, read: (position, length) => readExactly(handle, path, position, length) });
  } catch (error) {
    throw fileError(error, path);
  } finally {
    await handle.close();
  }
}

/** @param buffer little-endian elements; float32 is taken over as it is, without a copy */
export function toFloat32(buffer: ArrayBuffer, type: FloatType): Float32Array {
  switch (type) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return new Float32Array(new Float64Array(buffer));
    case 'F16': {
      const values = halfValues();
      return Float32Array.from(new Uint16Array(buffer), (bits) => values[bits] as number);
    }
    case 'BF16': {
      const halves = new Uint16Array(buffer);
      const bits = new Uint32Array(halves.length);
      for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] as number) << 16; // the upper half of a float32
      return new Float32Array(bits.buffer);
    }
  }
}

let halves: Float32Array | undefined;

/** All 65,536 float16 values by their bits: looking one up is quicker than working it out. */
function halfValues(): Float32Array {
  halves ??= Float32Array.from({ length: 0x10000 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
    if (exponent === 0) return sign * fraction * 2 ** -24; // subnormal
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return halves;
}

async function readExactly(handle: FileHandle, path: string, position: number, length: number) {
  const buffer = new ArrayBuffer(length);
  for (let done = 0; done < length; ) {
    const piece = Math.min(length - done, 2 ** 30); // the system call takes less than 2 GiB at once
    const { bytesRead } = await handle.read(new Uint8Array(buffer, done, piece), 0, piece, position + done);
    if (bytesRead === 0) {
      throw new OtzyvError(
        'model.broken-weights',
        `${path} ends at byte ${position + done}, in the middle of a tensor`,
        'The file is cut short: download or save it again.',
      );
    }
    done += bytesRead;
  }
  return buffer;
}
