/** Numbers as people read them. */
import type { Interval } from '@otzyv/core';

export { bytes, count, counted } from '@otzyv/core';

export function duration(milliseconds: number): string {
  if (milliseconds < 1000)
    return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = String(Math.floor(seconds % 60)).padStart(2, '0');
  return minutes < 60
    ? `${minutes}:${rest} min`
    : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

export function score(value: number): string {
  return value.toFixed(3);
}

/** @example interval({ low: 0.628, high: 0.69 }) // [0.628, 0.690] */
export function interval({ low, high }: Interval): string {
  return `[${score(low)}, ${score(high)}]`;
}

/** @example estimate(0.659, { low: 0.628, high: 0.69 }) // 0.659 [0.628, 0.690] */
export function estimate(value: number, around: Interval | undefined): string {
  return around === undefined ? score(value) : `${score(value)} ${interval(around)}`;
}
