/** How the tables came to be. */
import type { Migration } from './database/migrate.ts';

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'corrections',
    // AUTOINCREMENT: an id that was deleted never comes again
    sqlite: `CREATE TABLE otzyv_corrections (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      created_at TEXT NOT NULL,
      client TEXT NOT NULL,
      model TEXT NOT NULL,
      text TEXT NOT NULL,
      label TEXT NOT NULL,
      predicted_label TEXT,
      confidence REAL,
      comment TEXT,
      request_id TEXT
    )`,
    postgres: `CREATE TABLE otzyv_corrections (
      id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      created_at TIMESTAMPTZ NOT NULL,
      client TEXT NOT NULL,
      model TEXT NOT NULL,
      text TEXT NOT NULL,
      label TEXT NOT NULL,
      predicted_label TEXT,
      confidence DOUBLE PRECISION,
      comment TEXT,
      request_id TEXT
    )`,
  },
];
