/** Numbers as people read them, in reports and in model cards. */
import type { Interval } from '@otzyv/core';

export { count, counted } from '@otzyv/core';

export function score(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(3);
}

/** @example interval({ low: 0.64, high: 0.703 }) // 0.640–0.703 */
export function interval({ low, high }: Interval): string {
  return `${score(low)}–${score(high)}`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.01 ? 2 : 1)}\u00a0%`;
}

export function duration(milliseconds: number): string {
  if (milliseconds < 1) return `${milliseconds.toFixed(2)}\u00a0ms`;
  if (milliseconds < 1000) return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)}\u00a0ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)}\u00a0s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}\u00a0min ${Math.floor(seconds % 60)}\u00a0s`
    : `${Math.floor(minutes / 60)}\u00a0h ${minutes % 60}\u00a0min`;
}
