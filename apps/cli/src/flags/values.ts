/** How the words behind a flag are read. */
import { OtzyvError } from '@otzyv/core';
import { InvalidArgumentError } from 'commander';

export function number(value: string): number {
  const parsed = Number(value);
  if (value.trim() === '' || Number.isNaN(parsed)) throw new InvalidArgumentError('It must be a number.');
  return parsed;
}

export function positive(value: string): number {
  const parsed = number(value);
  if (parsed <= 0) throw new InvalidArgumentError('It must be more than zero.');
  return parsed;
}

export function natural(value: string): number {
  const parsed = number(value);
  if (!Number.isInteger(parsed) || parsed < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return parsed;
}

/** Node's timers hold no more: beyond it they fire at once. */
const MOST_SECONDS = 2_147_483;

export function seconds(value: string): number {
  const parsed = positive(value);
  if (parsed > MOST_SECONDS) throw new InvalidArgumentError(`It must be ${MOST_SECONDS} at most.`);
  return parsed;
}

export function notNegative(value: string): number {
  const parsed = number(value);
  if (parsed < 0) throw new InvalidArgumentError('It must not be below zero.');
  return parsed;
}

export function share(value: string): number {
  const parsed = number(value);
  if (parsed < 0 || parsed > 1) throw new InvalidArgumentError('It must lie between 0 and 1.');
  return parsed;
}

/** A flag that may be given again. */
export function repeated(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** `True` as well: people come from Python. */
export function claim(value: string): string {
  const lower = value.toLowerCase();
  if (lower !== 'true' && lower !== 'false') throw new InvalidArgumentError('It must be true or false.');
  return lower;
}

export function required(value: string | undefined, flag: string, meaning: string): string {
  if (value !== undefined) return value;
  throw new OtzyvError(
    'options.missing',
    `${flag} is missing: ${meaning}`,
    'Add --help to the command to see an example.',
  );
}
