/**
 * SQLite in a file: what was committed outlives `kill -9` and the loss of power (write-ahead log, every commit synced), and
 * processes share it. The package is Node's own `node:sqlite`, which Node 20 lacks, with its builds inside: nothing runs
 * at install. (Of libsql's writers at the same file most lost what they had committed; builds in WebAssembly leave their lock behind
 * when they are killed.) Calls block for the milliseconds that they take; what waits for another process does not.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OtzyvError, type OtzyvErrorCode } from '@otzyv/core';
import { type Database, type Query, type Row, unavailable, type Value } from './database.ts';

/** How long another process may write before a request is given up. */
const LONGEST_WAIT_MS = 5000;

interface Connection {
  prepare(sql: string): { all(...parameters: Value[]): unknown[] };
  close(): void;
}

/** @throws OtzyvError `data.missing-file`, `data.not-a-database`, `system.*` */
export async function openSqlite(path: string, { mustExist }: { mustExist: boolean }): Promise<Database> {
  if (mustExist && !existsSync(path)) {
    throw new OtzyvError('data.missing-file', `${path} does not exist`, 'Check the path.');
  }
  const connection = await connect(path);
  const query: Query = async (sql, parameters = []) => {
    const numbered = sql.replaceAll(/\$(\d+)/g, '?$1');
    return (await unlessBusy(path, () => connection.prepare(numbered).all(...parameters))) as Row[];
  };
  const database: Database = {
    dialect: 'sqlite',
    place: path,
    query,
    hasTable: async (name) =>
      (await query(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1`, [name])).length > 0,
    exclusively: async (work) => {
      await query('BEGIN IMMEDIATE');
      try {
        const result = await work(query);
        await query('COMMIT');
        return result;
      } catch (error) {
        await query('ROLLBACK').catch(() => undefined); // SQLite may have done so itself
        throw error;
      }
    },
    close: async () => connection.close(),
  };
  try {
    await query('PRAGMA journal_mode = WAL');
    await query('PRAGMA synchronous = FULL');
    return database;
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function connect(path: string): Promise<Connection> {
  const { DatabaseSync } = await import('@photostructure/sqlite').catch((cause: unknown) => {
    const message = 'there is no SQLite for this machine';
    throw new OtzyvError('system.no-sqlite', message, 'Give the URL of a PostgreSQL: postgres://…', {
      cause,
    });
  });
  try {
    return new DatabaseSync(path) as Connection;
  } catch (cause) {
    const message = `${path} cannot be opened`;
    const hint = existsSync(dirname(path))
      ? 'Name a file that may be written.'
      : `Make the folder first: ${dirname(path)}`;
    throw new OtzyvError('data.not-a-database', message, hint, { cause });
  }
}

async function unlessBusy<T>(path: string, run: () => T): Promise<T> {
  for (const started = performance.now(); ; await sleep(5)) {
    try {
      return run();
    } catch (error) {
      const isBusy = / is locked/.test((error as Error).message);
      if (!isBusy || performance.now() - started > LONGEST_WAIT_MS) throw meant(error as Error, path);
    }
  }
}

/** By SQLite's own words: not every error has a code. */
function meant(error: Error, path: string): Error {
  const say = (id: OtzyvErrorCode, what: string, hint: string) =>
    new OtzyvError(id, `${path}: ${what}`, hint, { cause: error });
  const { message } = error;
  if (/not a database|malformed/.test(message))
    return say('data.not-a-database', message, 'Name another file, or one that is not there yet.');
  if (/readonly|unable to open/.test(message))
    return say(
      'system.not-writable',
      'may not be written',
      'Change its permissions, or those of its folder.',
    );
  if (/disk is full/.test(message)) return say('system.disk-full', 'no space left', 'Free some space.');
  return / is locked|disk I\/O/.test(message) ? unavailable(path, error) : error;
}
