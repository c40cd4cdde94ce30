/** Both databases, held to the same: SQLite in a file, and a real PostgreSQL of Debian. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from './database/database.ts';
import { type Migration, migrate } from './database/migrate.ts';
import { openPostgres } from './database/postgres.ts';
import { openSqlite } from './database/sqlite.ts';
import { type Correction, openFeedbackStore } from './store.ts';
import { type Cluster, noPostgres, startPostgres } from './testing/postgres.ts';

const folder = mkdtempSync(join(tmpdir(), 'otzyv-feedback-'));
let cluster: Cluster | undefined;
beforeAll(() => {
  if (noPostgres === undefined) cluster = startPostgres();
  else console.warn(`The tests on PostgreSQL are skipped: ${noPostgres}`);
});
afterAll(async () => {
  cluster?.remove();
  await rm(folder, { recursive: true });
});

/** A process of its own, on the built package. */
const ADDER = fileURLToPath(new URL('testing/add-corrections.mjs', import.meta.url));
const CORRECTION: Correction = { text: 'Куртка тёплая', label: 'одежда', model: 'reviews', client: 'shop' };
const run = promisify(execFile);

let databases = 0;
/** An empty database each time. */
const PLACES: Record<'SQLite' | 'PostgreSQL', () => Promise<string>> = {
  SQLite: async () => join(folder, `${++databases}.db`),
  PostgreSQL: async () => {
    const name = `feedback_${++databases}`;
    const database = await openPostgres(cluster!.url);
    await database.query(`CREATE DATABASE ${name}`);
    await database.close();
    return cluster!.url.replace('/postgres?', `/${name}?`);
  },
};

const opened = (place: string): Promise<Database> =>
  place.startsWith('postgres') ? openPostgres(place) : openSqlite(place, { mustExist: false });

async function gathered<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function stored(place: string) {
  const store = await openFeedbackStore(place);
  const all = await gathered(store.corrections());
  await store.close();
  return all;
}

describe.each(Object.entries(PLACES))('%s', (kind, freshPlace) => {
  const withDatabase = test.skipIf(kind === 'PostgreSQL' && noPostgres !== undefined);

  withDatabase('gives back what was stored, in its order, with ids and times', async () => {
    const place = await freshPlace();
    const store = await openFeedbackStore(place);
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((one) => !one.includes('\0'));
    const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const correction = fc.record({
      ...{ text, label: text, model: text, client: text, predictedLabel: optional(text) },
      ...{ confidence: optional(fc.nat(1e6).map((n) => n / 1e6)), comment: optional(text) },
      requestId: optional(text),
    });
    const given: Correction[] = [];
    await fc.assert(
      fc.asyncProperty(correction, async (one) => {
        const { id, createdAt } = await store.add(one);
        given.push(one);
        expect(id).toBe(given.length);
        expect(Math.abs(Date.now() - Date.parse(createdAt))).toBeLessThan(60_000);
      }),
      { numRuns: 30 },
    );
    await store.close();
    const found = await stored(place);
    expect(found.map(({ id, createdAt, ...rest }) => rest)).toEqual(given);
    expect(found.map(({ id }) => id)).toEqual(given.map((_, i) => i + 1));
  });

  withDatabase('reads more than a page of corrections', async () => {
    const place = await freshPlace();
    const database = await opened(place);
    await (await openFeedbackStore(place)).close();
    const n =
      kind === 'SQLite'
        ? 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT'
        : 'SELECT';
    const from = kind === 'SQLite' ? 'n' : 'generate_series(1, 2500) AS n(i)';
    await database.query(
      `INSERT INTO otzyv_corrections (created_at, client, model, text, label) ${n} '2026-01-01T00:00:00.000Z', 'c', 'm', 'текст ' || i, 'одежда' FROM ${from}`,
    );
    await database.close();
    const found = await stored(place);
    expect(found.map(({ text }) => text)).toEqual(Array.from({ length: 2500 }, (_, i) => `текст ${i + 1}`));
    expect(found[0]?.createdAt).toBe('2026-01-01T00:00:00.000Z');
  });

  withDatabase('processes that start and write at once lose nothing, and migrate once', async () => {
    const place = await freshPlace();
    await Promise.all(['a', 'b', 'c'].map((client) => run(process.execPath, [ADDER, place, client, '20'])));
    const found = await stored(place);
    for (const client of ['a', 'b', 'c']) {
      const own = found.filter((one) => one.client === client).map(({ text }) => text);
      expect(own).toEqual(Array.from({ length: 20 }, (_, i) => `${client} ${i}`));
    }
    const database = await opened(place);
    expect(await database.query('SELECT version, name FROM otzyv_migrations')).toEqual([
      { version: 1, name: 'corrections' },
    ]);
    await database.close();
  });

  withDatabase('what was stored outlives kill -9, and the next process is not locked out', async () => {
    const place = await freshPlace();
    const child = spawn(process.execPath, [ADDER, place, 'x', '100000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said: string[] = [];
    const lines = createInterface(child.stdout).on('line', (line) => {
      if (said.push(line) === 30) child.kill('SIGKILL');
    });
    await Promise.all([once(child, 'exit'), once(lines, 'close')]);
    const found = (await stored(place)).map(({ text }) => text);
    expect(found.length).toBeGreaterThanOrEqual(said.length);
    expect(found).toEqual(found.map((_, i) => `x ${i}`));
    const store = await openFeedbackStore(place);
    expect((await store.add(CORRECTION)).id).toBeGreaterThan(found.length);
    await store.close();
  });

  const FIRST: Migration = {
    ...{ version: 1, name: 'notes' },
    ...{ sqlite: 'CREATE TABLE notes (a INTEGER)', postgres: 'CREATE TABLE notes (a INTEGER)' },
  };
  const SECOND: Migration = {
    ...{ version: 2, name: 'more of notes' },
    sqlite: `ALTER TABLE notes ADD COLUMN b TEXT DEFAULT 'new'`,
    postgres: `ALTER TABLE notes ADD COLUMN b TEXT DEFAULT 'new'`,
  };

  withDatabase('later programs bring the schema up to date once, and keep the data', async () => {
    const place = await freshPlace();
    const [database, ...others] = await Promise.all([place, place, place].map(opened));
    await migrate(database!, [FIRST]);
    await database!.query('INSERT INTO notes (a) VALUES (7)');
    await Promise.all(others.map((one) => migrate(one, [FIRST, SECOND])));
    expect(await database!.query('SELECT * FROM notes')).toEqual([{ a: 7, b: 'new' }]);
    expect(await database!.query('SELECT version FROM otzyv_migrations ORDER BY version')).toEqual([
      { version: 1 },
      { version: 2 },
    ]);
    await expect(migrate(database!, [FIRST])).rejects.toMatchObject({
      code: 'data.newer-schema',
      message: expect.stringContaining('has the schema 2, and this program knows 1'),
    });
    await Promise.all([database!, ...others].map((one) => one.close()));
  });

  withDatabase('a migration that fails leaves nothing of itself', async () => {
    const database = await opened(await freshPlace());
    const broken = {
      ...SECOND,
      sqlite: 'ALTER TABLE nothing ADD COLUMN b TEXT',
      postgres: 'ALTER TABLE nothing ADD b TEXT',
    };
    await expect(migrate(database, [FIRST, broken])).rejects.toThrow(/nothing/);
    expect(await database.hasTable('notes')).toBe(false);
    await migrate(database, [FIRST, SECOND]);
    expect(await database.hasTable('notes')).toBe(true);
    await database.close();
  });
});

test.skipIf(noPostgres !== undefined)(
  'a PostgreSQL that goes is told of, and used again when it is back',
  async () => {
    const place = await PLACES.PostgreSQL();
    const store = await openFeedbackStore(place);
    await store.add(CORRECTION);
    cluster!.crash();
    await expect(store.add(CORRECTION)).rejects.toMatchObject({ code: 'system.store-unavailable' });
    cluster!.start();
    expect((await store.add(CORRECTION)).id).toBeGreaterThan(1);
    expect((await gathered(store.corrections())).length).toBe(2);
    await store.close();
  },
);

test.skipIf(noPostgres !== undefined)(
  'a database that does not let us in is told of without the password',
  async () => {
    const place = cluster!.url.replace('otzyv@/postgres?', 'nobody:secret@/postgres?');
    const refusal = await openFeedbackStore(place).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'options.database', message: expect.stringContaining('nobody') });
    expect(JSON.stringify([refusal, String(refusal)])).not.toContain('secret');
  },
);

test('what is no database is left as it is, and one that must be there is not made', async () => {
  const path = join(folder, 'notes.txt');
  writeFileSync(path, 'This is a letter, and not a database, however long it may be.'.repeat(50));
  await expect(openFeedbackStore(path)).rejects.toMatchObject({ code: 'data.not-a-database' });
  await expect(openFeedbackStore(join(folder, 'no/where.db'))).rejects.toMatchObject({
    hint: expect.stringContaining('Make the folder first'),
  });
  const missing = join(folder, 'missing.db');
  await expect(openFeedbackStore(missing, { mustExist: true })).rejects.toMatchObject({
    code: 'data.missing-file',
  });
  expect(existsSync(missing)).toBe(false);
});

test('while another process writes for long, the event loop runs on', async () => {
  const place = join(folder, 'busy.db');
  const store = await openFeedbackStore(place);
  const other = await openSqlite(place, { mustExist: true });
  await other.query('BEGIN IMMEDIATE');
  const adding = store.add(CORRECTION);
  let turns = 0;
  while (turns < 20) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    turns++;
  }
  await other.query('COMMIT');
  expect((await adding).id).toBe(1);
  await other.close();
  await store.close();
});
