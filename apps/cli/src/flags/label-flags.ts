/** Flags of `otzyv label`. */
import { OtzyvError } from '@otzyv/core';
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

/** A key is never a flag: those are seen by all who list the processes. @throws OtzyvError `options.missing` */
export function keyFrom(variable: string | undefined): string | undefined {
  const key = process.env[variable ?? 'OPENAI_API_KEY']?.trim() || undefined;
  if (key !== undefined || variable === undefined) return key;
  throw new OtzyvError(
    'options.missing',
    `the variable ${variable}, named by --llm-key-variable, holds no key`,
    `Put it there: export ${variable}=…`,
  );
}
