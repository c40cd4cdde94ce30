/** Flags of `otzyv label`. */
import { InvalidArgumentError } from 'commander';

/** @example boost('украшения=1.5', {}) // { украшения: 1.5 } */
export function boost(
  written: string,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const [, name = '', factor = ''] = /^(.+)=([\d.]+)$/.exec(written.trim()) ?? [];
  if (name === '' || !(Number(factor) > 0)) throw new InvalidArgumentError('It must be category=factor.');
  return { ...before, [name.trim()]: Number(factor) };
}
