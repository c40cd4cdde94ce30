/**
 * An exponential moving average that is right from its first value on: the weight that the zero at its beginning would have is
 * divided out (as in TensorBoard, and in Adam's moments).
 */
export interface Smoothed {
  readonly sum: number;
  /** how much of the whole weight the values so far have */
  readonly weight: number;
}

export const UNSMOOTHED: Smoothed = { sum: 0, weight: 0 };

/** @param window about how many values count */
export function smoothed({ sum, weight }: Smoothed, value: number, window: number): Smoothed {
  const share = 1 / Math.max(1, window);
  return { sum: sum + share * (value - sum), weight: weight + share * (1 - weight) };
}

/** @returns NaN before the first value */
export function meanOf({ sum, weight }: Smoothed): number {
  return sum / weight;
}
