/**
 * The schema, brought up to date when a store is opened. A table says which migrations a database has had. Processes that
 * start at once take turns, and the second finds nothing to do; a database that a newer program has changed is left alone.
 */
import { OtzyvError } from '@otzyv/core';
import type { Database, Query } from './database.ts';

/** Never changed once it is released: what comes later is another migration. One statement in each dialect. */
export interface Migration {
  /** 1, 2, 3, … */
  readonly version: number;
  readonly name: string;
  readonly sqlite: string;
  readonly postgres: string;
}

/**
 * @param migrations in their order
 * @throws OtzyvError `data.newer-schema`
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<void> {
  const newest = migrations.length;
  const present = (await database.hasTable('otzyv_migrations')) ? await versionOf(database.query) : 0;
  if (present > newest) throw newer(database.place, present, newest);
  if (present === newest) return; // so that who may only read can read
  await database.exclusively(async (query) => {
    await query(
      'CREATE TABLE IF NOT EXISTS otzyv_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)',
    );
    const reached = await versionOf(query); // by a process that came first
    if (reached > newest) throw newer(database.place, reached, newest);
    for (const { version, name, [database.dialect]: statement } of migrations.slice(reached)) {
      await query(statement);
      const applied = [version, name, new Date().toISOString()];
      await query('INSERT INTO otzyv_migrations (version, name, applied_at) VALUES ($1, $2, $3)', applied);
    }
  });
}

async function versionOf(query: Query): Promise<number> {
  const [row] = await query('SELECT max(version) AS version FROM otzyv_migrations');
  return Number(row?.['version'] ?? 0);
}

function newer(place: string, present: number, known: number): OtzyvError {
  return new OtzyvError(
    'data.newer-schema',
    `${place} has the schema ${present}, and this program knows ${known} at most`,
    'A newer Otzyv has written it: use that one, or another database.',
  );
}
