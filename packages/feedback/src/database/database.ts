/** What the two databases have in common: SQL that both understand, with parameters as $1, $2, … */
import { OtzyvError } from '@otzyv/core';

export type Value = string | number | null;

export type Row = Readonly<Record<string, unknown>>;

export type Query = (sql: string, parameters?: readonly Value[]) => Promise<readonly Row[]>;

export interface Database {
  readonly dialect: 'sqlite' | 'postgres';
  /** Where it is, for people: without a password. */
  readonly place: string;
  /** One statement. @throws OtzyvError `system.store-unavailable` where the database does not answer */
  readonly query: Query;
  hasTable(name: string): Promise<boolean>;
  /** All that `work` asks for, or nothing of it, and no other process beside it in here. */
  exclusively<T>(work: (query: Query) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function unavailable(place: string, cause: unknown): OtzyvError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OtzyvError(
    'system.store-unavailable',
    `${place} does not answer: ${reason}`,
    'Try again later.',
    {
      cause,
    },
  );
}
