/** PostgreSQL by its URL; a password may come from PGPASSWORD or ~/.pgpass, as libpq has it. */
import { OtzyvError } from '@otzyv/core';
import type { Pool, PoolClient } from 'pg';
import { type Database, type Query, type Row, unavailable } from './database.ts';

/** Of the migrations, among all advisory locks of a database: "otzyv" in ASCII. */
const LOCK = 0x6f_74_7a_79_76;

/** SQLSTATEs of a database that does not work: connection, access, resources, operators, system. */
const NOT_THERE = /^(08|28|3D|53|57|58)/;

/** @throws OtzyvError `options.database` where it cannot be reached or does not let us in */
export async function openPostgres(url: string): Promise<Database> {
  const place = withoutPassword(url);
  const { default: pg } = await import('pg');
  const pool: Pool = new pg.Pool({
    connectionString: url,
    application_name: 'otzyv',
    max: 4,
    connectionTimeoutMillis: 5000,
    query_timeout: 10_000,
    keepAlive: true,
  });
  pool.on('error', () => undefined); // an idle connection that was cut is replaced by the next query
  const via =
    (client: Pool | PoolClient): Query =>
    async (sql, parameters = []) => {
      try {
        return (await client.query<Row>(sql, [...parameters])).rows;
      } catch (error) {
        const isRefusal = error instanceof pg.DatabaseError && !NOT_THERE.test(error.code ?? '');
        throw isRefusal ? error : unavailable(place, error);
      }
    };
  const query = via(pool);
  await query('SELECT 1').catch(async (error: Error) => {
    await pool.end();
    throw new OtzyvError('options.database', error.message, 'Check the URL, and that the database runs.', {
      cause: error,
    });
  });
  return {
    dialect: 'postgres',
    place,
    query,
    hasTable: async (name) =>
      (await query('SELECT 1 AS there WHERE to_regclass($1) IS NOT NULL', [name])).length > 0,
    exclusively: async (work) => {
      const client = await pool.connect().catch((error: unknown) => {
        throw unavailable(place, error);
      });
      const inside = via(client);
      let fault: Error | undefined;
      try {
        await inside('BEGIN');
        await inside('SELECT pg_advisory_xact_lock($1)', [LOCK]);
        const result = await work(inside);
        await inside('COMMIT');
        return result;
      } catch (error) {
        fault = error as Error;
        throw error;
      } finally {
        client.release(fault); // what ends with its connection is rolled back
      }
    },
    close: () => pool.end(),
  };
}

/** A URL of libpq need not be one to WHATWG: user@/name?host=/socket. */
function withoutPassword(url: string): string {
  return url.replace(/:[^:@/]*@/, '@').replace(/([?&]password=)[^&]*/i, '$1…');
}
