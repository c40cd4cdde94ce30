/**
 * Rows that nobody wrote: made from others by `otzyv augment`, or by a language model. They are marked in the file that
 * holds them, so that whoever reads it knows: they are trained on, and never measured on.
 */

/** How a row was made; empty in rows that were not. */
export const SYNTHETIC_COLUMN = 'synthetic';
/** The text it was made from, where there is one. */
export const ORIGIN_COLUMN = 'synthetic_of';

/** How a text was made that a language model made up: after another, but with a label that was asked for and checked. */
export const MADE_UP = 'llm';

export interface Synthetic {
  /** e.g. `typos` */
  readonly how: string;
  readonly origin: string | undefined;
}

/** What other programs write where a row was not made. */
const NOT = new Set(['', '0', 'false', 'no', 'нет']);

/** @param values of a row, by column @returns undefined of a row that is real */
export function syntheticMark(values: Readonly<Record<string, string>>): Synthetic | undefined {
  const how = values[SYNTHETIC_COLUMN]?.trim() ?? '';
  if (NOT.has(how.toLowerCase())) return undefined;
  return { how, origin: values[ORIGIN_COLUMN] || undefined };
}
