/**
 * Weights as 8-bit integers: symmetric, one scale per row, rounded half to even, as onnxruntime's
 * `quantize_dynamic(per_channel=True, reduce_range=True)` does it.
 */
import type { Tensor } from '../../model/safetensors.ts';

/** value ≈ quantized · scale of its row */
export interface QuantizedRows {
  /** [rows, width] */
  readonly data: Int8Array;
  /** [rows] */
  readonly scales: Float32Array;
}

/**
 * The largest weight of a dense layer. Not 127: without VNNI, x86 adds two products of an unsigned activation and a
 * signed weight in 16 bits that saturate without a word, and the model answers noise. 2 · 255 · 64 = 32,640 fits.
 */
export const DENSE_LIMIT = 64;

/** Of rows that are only looked up: nothing is multiplied. */
export const TABLE_LIMIT = 127;

/** @param tensor [rows, width]: an embedding each, or what leads to one output each */
export function quantizeRows({ shape, data }: Tensor, limit: number): QuantizedRows {
  const [rows, width] = shape as [number, number];
  const quantized = new Int8Array(data.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const end = (row + 1) * width;
    let largest = 0;
    for (let i = row * width; i < end; i++) largest = Math.max(largest, Math.abs(data[i] as number));
    const scale = Math.fround(largest / limit);
    // a row of zeros, or of next to nothing, is zeros under any scale
    scales[row] = scale > 0 ? scale : 1;
    for (let i = row * width; i < end; i++) {
      const value = roundHalfToEven((data[i] as number) / (scales[row] as number));
      quantized[i] = Math.max(-limit, Math.min(limit, value));
    }
  }
  return { data: quantized, scales };
}

/** @returns [width, rows] */
export function transposed(data: Int8Array, [rows, width]: readonly [number, number]): Int8Array {
  const result = new Int8Array(data.length);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < width; i++) result[i * rows + row] = data[row * width + i] as number;
  return result;
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
