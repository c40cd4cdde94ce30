/** /v1/batches: a file goes in, and comes back labelled as `otzyv predict` would label it. */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { createRoute, z } from '@hono/zod-openapi';
import { OtzyvError } from '@otzyv/core';
import type { TableFormat } from '@otzyv/trainer';
import { HTTPException } from 'hono/http-exception';
import { tooLarge } from '../batches/batch-folder.ts';
import { BATCH_STATUSES, type BatchRecord } from '../batches/batch-record.ts';
import type { Batches } from '../batches/batches.ts';
import { routes } from '../http/app-base.ts';
import { problems } from '../http/responses.ts';

const PATH = '/v1/batches';

/** Whether a request's body is a file, which has a limit of its own. */
export function isUpload({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return method === 'POST' && path === PATH;
}

const TYPES: Readonly<Record<TableFormat, string>> = {
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  jsonl: 'application/x-ndjson',
};

/** What else they are called; a browser on Windows takes a CSV for a spreadsheet. */
const FORMATS: Readonly<Record<string, TableFormat>> = {
  [TYPES.csv]: 'csv',
  'application/vnd.ms-excel': 'csv',
  [TYPES.tsv]: 'tsv',
  [TYPES.jsonl]: 'jsonl',
  'application/jsonl': 'jsonl',
};

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

const querySchema = z.strictObject({
  model: z.string().optional().openapi({ description: 'its name; absent: the default' }),
  text_column: z.string().default('text'),
  all_scores: flag.optional().openapi({ description: 'add a column with the score of each class' }),
  min_confidence: z.coerce.number().min(0).max(1).optional().openapi({
    description: 'below it the label is «не уверен»; absent: as the model was calibrated; 0: always a class',
  }),
  skip_bad_rows: flag.optional().openapi({ description: 'leave out rows that cannot be read' }),
});

const batchSchema = z
  .object({
    id: z.string().openapi({ example: 'batch_4f0c…' }),
    object: z.literal('batch'),
    status: z.enum(BATCH_STATUSES),
    model: z.string(),
    created_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
    expires_at: z.iso.datetime().nullable().openapi({ description: 'when it is removed' }),
    file: z.object({
      format: z.enum(['csv', 'tsv', 'jsonl']),
      bytes: z.int(),
      rows: z.int(),
      bad_rows: z.int(),
    }),
    progress: z.object({
      rows: z.int(),
      share: z.number().min(0).max(1),
      empty_texts: z.int(),
      truncated_texts: z.int(),
      uncertain_texts: z.int(),
      counts: z.record(z.string(), z.int()).openapi({ description: 'answers by label' }),
    }),
    error: z.object({ code: z.string(), detail: z.string(), hint: z.string() }).nullable(),
  })
  .openapi('Batch');

const file = z.string().openapi({ description: 'a table with a header, or JSON lines' });
const tables = Object.fromEntries(Object.values(TYPES).map((type) => [type, { schema: file }]));
const one = (description: string) => ({
  description,
  content: { 'application/json': { schema: batchSchema } },
});
const params = z.object({ id: z.string() });
const tags = ['batches'];

const acceptRoute = createRoute({
  method: 'post',
  path: PATH,
  tags,
  summary: 'Label a file in the background',
  request: { query: querySchema, body: { required: true, content: tables } },
  responses: { 202: one('it is accepted'), ...problems(400, 401, 404, 413, 415, 422, 429, 503, 507) },
});

const listRoute = createRoute({
  method: 'get',
  path: PATH,
  tags,
  summary: 'Your batches, the latest first',
  responses: {
    200: {
      description: 'batches',
      content: {
        'application/json': { schema: z.object({ object: z.literal('list'), data: z.array(batchSchema) }) },
      },
    },
    ...problems(401, 404, 429),
  },
});

const statusRoute = createRoute({
  method: 'get',
  path: `${PATH}/{id}`,
  tags,
  summary: 'How far a batch is',
  request: { params },
  responses: { 200: one('the batch'), ...problems(401, 404, 429) },
});

const outputRoute = createRoute({
  method: 'get',
  path: `${PATH}/{id}/output`,
  tags,
  summary: 'The labelled file',
  request: { params },
  responses: { 200: { description: 'the file', content: tables }, ...problems(401, 404, 409, 429) },
});

const removeRoute = createRoute({
  method: 'delete',
  path: `${PATH}/{id}`,
  tags,
  summary: 'Stop a batch, and remove it with its file',
  request: { params },
  responses: { 204: { description: 'it is gone' }, ...problems(401, 404, 429) },
});

/** @param batches absent: this server takes none @param hasKeys everybody sees their own; otherwise all see all */
export function batchRoutes(batches: Batches | undefined, hasKeys: boolean) {
  const taken = () => batches ?? notTaken();
  const shown = (record: BatchRecord) => batchOf(record, taken().limits.keepMs);
  const ownerOf = (client: string) => (hasKeys ? client : undefined);
  return routes()
    .openapi(acceptRoute, async (c) => {
      const { limits, accept } = taken();
      const format = formatOf(c.req.header('content-type'));
      if (Number(c.req.header('content-length') ?? 0) > limits.maxBytes) throw tooLarge(limits.maxBytes);
      const query = c.req.valid('query');
      const owner = ownerOf(c.get('client'));
      const record = await accept(
        {
          ...{ format, model: query.model, textColumn: query.text_column },
          ...{ skipBadRows: query.skip_bad_rows ?? false, allScores: query.all_scores ?? false },
          ...(owner !== undefined && { owner }),
          ...(query.min_confidence !== undefined && { minConfidence: query.min_confidence }),
        },
        c.req.raw.body as NodeStream<Uint8Array> | null,
        c.req.raw.signal,
      );
      return c.json(shown(record), 202, { location: `${PATH}/${record.id}` });
    })
    .openapi(listRoute, (c) => {
      const data = taken()
        .list(ownerOf(c.get('client')))
        .map(shown);
      return c.json({ object: 'list' as const, data }, 200);
    })
    .openapi(statusRoute, (c) =>
      c.json(shown(taken().get(c.req.valid('param').id, ownerOf(c.get('client')))), 200),
    )
    .openapi(outputRoute, async (c) => {
      const { id } = c.req.valid('param');
      const owner = ownerOf(c.get('client'));
      const { format } = taken().get(id, owner);
      const { stream, bytes } = await taken().output(id, owner);
      const headers = {
        'content-type': `${TYPES[format]}; charset=utf-8`,
        'content-length': String(bytes),
        'content-disposition': `attachment; filename="${id}.${format}"`,
      };
      if (c.req.method === 'HEAD') {
        await once(stream.destroy(), 'close'); // nobody would read it, and it would stay open
        return c.body(null, 200, headers);
      }
      return c.body(Readable.toWeb(stream) as ReadableStream, 200, headers);
    })
    .openapi(removeRoute, async (c) => {
      await taken().remove(c.req.valid('param').id, ownerOf(c.get('client')));
      return c.body(null, 204);
    });
}

function formatOf(contentType: string | undefined): TableFormat {
  const [type = ''] = (contentType ?? '').toLowerCase().split(';');
  const format = FORMATS[type.trim()];
  if (format !== undefined) return format;
  const known = Object.values(TYPES).join(', ');
  throw new HTTPException(415, { message: `the file's Content-Type is none of ${known}` });
}

function batchOf(record: BatchRecord, keepMs: number): z.infer<typeof batchSchema> {
  const { id, status, model, createdAt, finishedAt, format, bytes, rows, badRows, fault } = record;
  const tally = record.progress?.tally;
  const done = tally?.rows ?? 0;
  return {
    ...{ id, object: 'batch', status, model, created_at: createdAt, finished_at: finishedAt ?? null },
    expires_at: finishedAt === undefined ? null : new Date(Date.parse(finishedAt) + keepMs).toISOString(),
    file: { format, bytes, rows, bad_rows: badRows },
    progress: {
      ...{ rows: done, share: status === 'done' ? 1 : done / Math.max(1, rows) },
      empty_texts: tally?.emptyTexts ?? 0,
      truncated_texts: tally?.truncatedTexts ?? 0,
      uncertain_texts: tally?.uncertainTexts ?? 0,
      counts: tally?.counts ?? {},
    },
    error: fault ?? null,
  };
}

function notTaken(): never {
  const hint = 'Start it with --data FOLDER.';
  throw new OtzyvError('system.not-kept', 'this server takes no batches', hint);
}
