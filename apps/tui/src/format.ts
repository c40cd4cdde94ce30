/** Numbers as people read them, short: a column is all they have. */
import { count } from '@otzyv/core';

export { bytes, count } from '@otzyv/core';

/** @example duration(95_000) // 1:35 */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const pad = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours >= 48) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

/** @example ago('2026-01-01T00:00:00Z', now) // 3 min ago */
export function ago(time: string | null, now: number): string {
  if (time === null) return '';
  const minutes = Math.floor(Math.max(0, now - Date.parse(time)) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / 1440)} d ago`;
}

/** @example percent(0.666) // 67 % */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** With three significant digits, or as many as a whole number has. */
export function measure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-3) return value.toExponential(1).replace('e+', 'e');
  return size >= 1000 ? count(Math.round(value)) : value.toPrecision(3);
}

export function score(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '' : value.toFixed(4);
}

/** The time of day, here. */
export function clock(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? '--:--:--' : date.toTimeString().slice(0, 8);
}

/** @example metricName('f1_weighted') // weighted F1 */
export function metricName(metric: string): string {
  const [, average] = /^f1_(weighted|macro|micro)$/.exec(metric) ?? [];
  return average === undefined ? metric.replaceAll('_', ' ') : `${average} F1`;
}

/** @example metricTitle('f1_weighted') // Weighted F1 */
export function metricTitle(metric: string): string {
  const name = metricName(metric);
  return name.charAt(0).toUpperCase() + name.slice(1);
}
