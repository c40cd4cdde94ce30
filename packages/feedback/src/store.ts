/** Corrections that people gave, in the order in which they came. */
import type { Database, Row } from './database/database.ts';
import { migrate } from './database/migrate.ts';
import { openPostgres } from './database/postgres.ts';
import { openSqlite } from './database/sqlite.ts';
import { MIGRATIONS } from './migrations.ts';

/** A text, and the label that it should have had. Strings hold no NUL: PostgreSQL takes none. */
export interface Correction {
  readonly text: string;
  /** The right one. */
  readonly label: string;
  /** Whose answer it corrects. */
  readonly model: string;
  /** Who says so. */
  readonly client: string;
  readonly predictedLabel?: string | undefined;
  readonly confidence?: number | undefined;
  readonly comment?: string | undefined;
  /** Of the request that was answered. */
  readonly requestId?: string | undefined;
}

export interface StoredCorrection extends Correction {
  readonly id: number;
  /** As in ISO 8601, in UTC. */
  readonly createdAt: string;
}

export interface FeedbackStore {
  /** Resolves when it is on the disk. @throws OtzyvError `system.store-unavailable`, `system.disk-full` */
  add(correction: Correction): Promise<StoredCorrection>;
  /** The earliest first. */
  corrections(): AsyncIterable<StoredCorrection>;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** A file that is not there is a mistake, and is not made. */
  readonly mustExist?: boolean;
}

const COLUMNS = 'created_at, client, model, text, label, predicted_label, confidence, comment, request_id';

const PAGE = 1000;

/**
 * @param place a file of SQLite, made where it is not there, or the URL of a PostgreSQL
 * @throws OtzyvError `options.database`, `data.not-a-database`, `data.newer-schema`, `system.*`
 */
export async function openFeedbackStore(
  place: string,
  { mustExist = false }: StoreOptions = {},
): Promise<FeedbackStore> {
  const isUrl = /^postgres(ql)?:\/\//.test(place);
  const database = isUrl ? await openPostgres(place) : await openSqlite(place, { mustExist });
  try {
    await migrate(database, MIGRATIONS);
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    add: (correction) => add(database, correction),
    corrections: () => corrections(database),
    close: () => database.close(),
  };
}

async function add({ query }: Database, correction: Correction): Promise<StoredCorrection> {
  const createdAt = new Date().toISOString();
  const { client, model, text, label, predictedLabel, confidence, comment, requestId } = correction;
  const [row] = await query(
    `INSERT INTO otzyv_corrections (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
    [
      ...[createdAt, client, model, text, label],
      ...[predictedLabel ?? null, confidence ?? null, comment ?? null, requestId ?? null],
    ],
  );
  return { ...correction, id: Number(row?.['id']), createdAt };
}

async function* corrections({ query }: Database): AsyncGenerator<StoredCorrection> {
  for (let last = 0; ; ) {
    const rows = await query(
      `SELECT id, ${COLUMNS} FROM otzyv_corrections WHERE id > $1 ORDER BY id LIMIT ${PAGE}`,
      [last],
    );
    for (const row of rows) {
      const correction = correctionOf(row);
      last = correction.id;
      yield correction;
    }
    if (rows.length < PAGE) return;
  }
}

function correctionOf(row: Row): StoredCorrection {
  const given = (name: string, value: unknown) => (value === null ? {} : { [name]: value });
  return {
    id: Number(row['id']),
    createdAt: new Date(row['created_at'] as string | Date).toISOString(),
    client: row['client'] as string,
    model: row['model'] as string,
    text: row['text'] as string,
    label: row['label'] as string,
    ...given('predictedLabel', row['predicted_label']),
    ...given('confidence', row['confidence']),
    ...given('comment', row['comment']),
    ...given('requestId', row['request_id']),
  };
}
