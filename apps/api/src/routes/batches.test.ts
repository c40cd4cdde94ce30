/** Files in, labelled files out. */

import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addKey, readKeys } from '../auth/keys.ts';
import { DEFAULT_BATCH_LIMITS } from '../batches/batch-limits.ts';
import { DEFAULT_LIMITS } from '../request-limits.ts';
import { type RunningServer, type ServerEvent, type ServerOptions, startServer } from '../server.ts';
import { finished, manyReviews, outputOf, predicted, send, statusOf, waitFor } from '../testing/batches.ts';
import { holdTexts } from '../testing/hold-texts.ts';
import { get, post, QUEUE, queuedTexts, type Served, serveLinear } from '../testing/served.ts';
import { trainLinear } from '../testing/train-linear.ts';
import { until } from '../testing/until.ts';

let served: Served;
let url: string;
let server: RunningServer;
const at = (...parts: string[]) => join(served.folder, ...parts);
const stored = (data: string) => readdirSync(at(data, 'batches')).filter((name) => name !== 'run.lock');

const start = (data: string, options: Partial<ServerOptions> = {}) =>
  startServer({
    models: [{ name: 'reviews', folder: served.run, workers: 1, limits: QUEUE }],
    ...{ limits: DEFAULT_LIMITS, data: at(data), host: '127.0.0.1', port: 0, refreshMs: 50, graceMs: 100 },
    listen: () => undefined,
    ...options,
  });

beforeAll(async () => {
  served = await serveLinear();
  server = await start('data');
  url = server.url;
});
afterAll(async () => {
  await server.close();
  await served.stop();
});

async function expected(
  name: string,
  content: string,
  options: Parameters<typeof predicted>[1] | object = {},
) {
  writeFileSync(at(name), content);
  return predicted(served.run, { ...options, input: at(name), output: at(`predicted-${name}`) });
}

test('a file comes back as otzyv predict writes it', async () => {
  const content = manyReviews(3000);
  const { status, body, headers } = await send(url, content);
  expect(status).toBe(202);
  expect(headers.get('location')).toBe(`/v1/batches/${body.id}`);
  expect(body).toMatchObject({ file: { rows: 3000, bad_rows: 0 }, model: 'reviews' });
  const done = await finished(url, body.id);
  expect(done).toMatchObject({ status: 'done', progress: { rows: 3000, share: 1 }, error: null });
  expect(Date.parse(done.expires_at!)).toBeGreaterThan(Date.now());
  const counted = Object.values(done.progress.counts).reduce((sum, n) => sum + n, 0);
  expect(counted).toBe(3000);
  const response = await fetch(`${url}/v1/batches/${body.id}/output`);
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(await response.text()).toBe(await expected('plain.csv', content));
  expect(stored('data')).toEqual([body.id]);
  expect(readdirSync(at('data/batches', body.id)).toSorted()).toEqual(['batch.json', 'output.csv']);
});

const OPEN_FILES = '/proc/self/fd';
test.runIf(existsSync(OPEN_FILES))('whoever asks for the length only leaves no file open', async () => {
  const { body } = await send(url, manyReviews(3000));
  await finished(url, body.id);
  const head = await fetch(`${url}/v1/batches/${body.id}/output`, { method: 'HEAD' });
  expect(head.status).toBe(200);
  const isOpen = () =>
    readdirSync(OPEN_FILES).some((fd) => {
      try {
        return readlinkSync(join(OPEN_FILES, fd)).includes(body.id);
      } catch {
        return false; // closed since it was listed
      }
    });
  expect(isOpen()).toBe(false);
  expect(Number(head.headers.get('content-length'))).toBe(Buffer.byteLength(await outputOf(url, body.id)));
});

test.each([
  [
    'TSV with scores',
    'text/tab-separated-values',
    'scores.tsv',
    'text\tlabel\nКуртка "тёплая"\tа\n\tб\n',
    '?all_scores=true',
    { allScores: true },
  ],
  [
    'JSON lines with doubts, another column and types',
    'application/x-ndjson',
    'doubts.jsonl',
    '{"review": "Норм", "n": 1}\n{"review": null}\n{"review": "Чайник не греет", "n": 2.5}\n',
    '?text_column=review&min_confidence=0.5',
    { textColumn: 'review', minConfidence: 0.5 },
  ],
  [
    'a CSV with bad rows left out, as Excel has it',
    'application/vnd.ms-excel; charset=utf-8',
    'bad.csv',
    '\uFEFFid;text\n1;Норм\n2\n3;"Куртка; синяя"\n',
    '?skip_bad_rows=true',
    { skipBadRows: true },
  ],
])('%s', async (_, type, name, content, query, options) => {
  const { status, body } = await send(url, content, query, { 'content-type': type });
  expect(status).toBe(202);
  expect(await finished(url, body.id)).toMatchObject({ status: 'done' });
  expect(await outputOf(url, body.id)).toBe(await expected(name, content, options));
});

test.each([
  ['another column', 'id,review\n1,Норм\n', '', 422, /^the file has no column "text" \(found: id, review\)$/],
  [
    'a bad row',
    'id,text\n1,Норм\n2\n',
    '',
    422,
    /^the file, line 3: row 2 has 1 field where the header has 2/,
  ],
  ['no rows', 'id,text\n', '', 422, /^the file has no rows$/],
  ['nothing', '', '', 422, /^the file has no rows$/],
  ['an unknown model', 'text\nа\n', '?model=other', 404, /no model "other"/],
  ['an unknown parameter', 'text\nа\n', '?colunm=text', 422, /colunm/],
  ['a doubtful confidence', 'text\nа\n', '?min_confidence=2', 422, /min_confidence/],
])('%s is told of at once, and nothing is left of it', async (_, content, query, status, detail) => {
  const before = stored('data');
  const answer = await send(url, content, query);
  expect(answer).toMatchObject({ status, body: { detail: expect.stringMatching(detail) } });
  expect(JSON.stringify(answer.body)).not.toContain(served.folder);
  expect(stored('data')).toEqual(before);
});

test('a type that is no table, too large a file, and one that does not come to its end are refused', async () => {
  const small = await start('small', { batchLimits: { ...DEFAULT_BATCH_LIMITS, maxBytes: 1000 } });
  const json = await send(small.url, '{}', '', { 'content-type': 'application/json' });
  expect(json).toMatchObject({ status: 415, body: { detail: expect.stringContaining('text/csv') } });
  const large = await send(small.url, manyReviews(100));
  expect(large).toMatchObject({ status: 413, body: { code: 'system.too-large' } });
  // of a length that is not told beforehand
  const chunked = await fetch(`${small.url}/v1/batches`, {
    ...{ method: 'POST', headers: { 'content-type': 'text/csv' }, duplex: 'half' },
    body: new Blob([manyReviews(100)]).stream(),
  } as RequestInit);
  expect(chunked.status).toBe(413);
  await new Promise<void>((resolve) => {
    const sending = request(`${small.url}/v1/batches`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
    });
    sending.on('error', () => resolve());
    sending.write('text\nКуртка\n');
    void until(() => stored('small').length > 0).then(() => sending.destroy(new Error('gone')));
  });
  await until(() => stored('small').length === 0);
  await small.close();
});

test('a folder that is lost is no fault of the request, takes no place, and is told to the log only', async () => {
  const events: ServerEvent[] = [];
  const one = await start('lost', {
    batchLimits: { ...DEFAULT_BATCH_LIMITS, maxUnfinished: 1 },
    listen: (event) => events.push(event),
  });
  const { body } = await send(one.url, 'text\nНорм\n');
  await finished(one.url, body.id);
  renameSync(at('lost/batches'), at('lost/before'));
  writeFileSync(at('lost/batches'), 'a file');
  for (const answer of [
    await send(one.url, 'text\nНорм\n'),
    await send(one.url, 'text\nНорм\n'),
    await get(`${one.url}/v1/batches/${body.id}/output`),
  ]) {
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal.fault' } });
    expect(JSON.stringify(answer.body)).not.toContain(served.folder);
  }
  expect(JSON.stringify(events.map((event) => 'error' in event && String(event.error)))).toContain('ENOTDIR');
  rmSync(at('lost/batches'));
  renameSync(at('lost/before'), at('lost/batches'));
  expect(await send(one.url, 'text\nНорм\n')).toMatchObject({ status: 202 });
  await one.close();
});

test('with keys, a client sees its own batches only', async () => {
  const file = at('keys.json');
  const [shop, other] = [await addKey(file, 'shop'), await addKey(file, 'other')];
  const closed = await start('keyed', { keys: await readKeys(file) });
  const as = (key: string) => ({ authorization: `Bearer ${key}` });
  const { body } = await send(closed.url, 'text\nНорм\n', '', as(shop));
  const listed = async (key: string) =>
    ((await (await fetch(`${closed.url}/v1/batches`, { headers: as(key) })).json()) as { data: unknown[] })
      .data;
  expect(await listed(shop)).toHaveLength(1);
  expect(await listed(other)).toEqual([]);
  for (const [path, method] of [
    ['', 'GET'],
    ['/output', 'GET'],
    ['', 'DELETE'],
  ] as const) {
    const address = `${closed.url}/v1/batches/${body.id}${path}`;
    expect((await fetch(address, { method, headers: as(other) })).status).toBe(404);
    expect((await fetch(address, { method })).status).toBe(401);
  }
  expect((await statusOf(closed.url, body.id, as(shop))).id).toBe(body.id);
  await closed.close();
});

test('ids that are none, whatever they hold, are unknown', async () => {
  for (const id of ['..%2F..%2Fkeys.json', '%2e%2e', 'batch_', 'run.lock', 'a%00b', '__proto__']) {
    for (const end of ['', '/output']) {
      const response = await fetch(`${url}/v1/batches/${id}${end}`);
      expect(response.status, id).toBe(404);
    }
    expect((await fetch(`${url}/v1/batches/${id}`, { method: 'DELETE' })).status).toBe(404);
  }
  expect(existsSync(at('data/batches'))).toBe(true);
});

/** A block is 1,024 rows: a batch stands still in the one that has this row. */
const holdRows = (row: number) => holdTexts((text) => text.endsWith(`, "${row}"`));

test('a batch that is cancelled stops, and leaves nothing; one that is not done has no output yet', async () => {
  const gate = holdRows(1500);
  const { body } = await send(url, manyReviews(3000));
  await waitFor(url, body.id, ({ progress }) => progress.rows === 1024);
  const early = await fetch(`${url}/v1/batches/${body.id}/output`);
  expect(early.status).toBe(409);
  expect(await early.json()).toMatchObject({ code: 'data.not-finished' });
  expect((await fetch(`${url}/v1/batches/${body.id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await fetch(`${url}/v1/batches/${body.id}`)).status).toBe(404);
  expect(stored('data')).not.toContain(body.id);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('otzyv_queue_texts{model="reviews"} 0');
  gate.release();
});

test('who asks for one text waits for a part of a batch only', async () => {
  const gate = holdRows(1500);
  const { body } = await send(url, manyReviews(20_000));
  await until(gate.isHolding);
  const one = post(`${url}/v1/predict`, { text: 'Чайник не греет' });
  await until(async () => (await queuedTexts(url)) > 256); // the most that a batch has there
  gate.release();
  const next = holdRows(9000);
  expect((await one).status).toBe(200); // which never comes where it waits for the whole file
  expect((await statusOf(url, body.id)).status).toBe('running');
  await fetch(`${url}/v1/batches/${body.id}`, { method: 'DELETE' });
  next.release();
});

test('no more wait than may, and they are done in their order', async () => {
  const gate = holdRows(1500);
  const few = await start('few', { batchLimits: { ...DEFAULT_BATCH_LIMITS, maxUnfinished: 2 } });
  const first = await send(few.url, manyReviews(3000));
  await waitFor(few.url, first.body.id, ({ progress }) => progress.rows === 1024);
  const second = await send(few.url, 'text\nНорм\n');
  const third = await send(few.url, 'text\nНорм\n');
  expect(third).toMatchObject({ status: 503, body: { code: 'system.overloaded' } });
  expect(third.headers.get('retry-after')).toBe('60');
  expect((await statusOf(few.url, second.body.id)).status).toBe('waiting');
  const metrics = await (await fetch(`${few.url}/metrics`)).text();
  for (const line of [
    'otzyv_batches{status="waiting"} 1',
    'otzyv_batches{status="running"} 1',
    'otzyv_batches{status="done"} 0',
    'otzyv_batch_rows_waiting 1977',
    'otzyv_batch_rows_total{model="reviews"} 1024',
  ])
    expect(metrics).toContain(line);
  await fetch(`${few.url}/v1/batches/${first.body.id}`, { method: 'DELETE' });
  gate.release();
  expect((await finished(few.url, second.body.id)).status).toBe('done');
  await few.close();
});

test('what is finished is removed after its time', async () => {
  const brief = await start('brief', { batchLimits: { ...DEFAULT_BATCH_LIMITS, keepMs: 300 } });
  const { body } = await send(brief.url, 'text\nНорм\n');
  await until(async () => (await fetch(`${brief.url}/v1/batches/${body.id}`)).status === 404);
  await until(() => stored('brief').length === 0);
  await brief.close();
});

test('a batch goes on where a server stopped; what was left half-done besides is cleared away', async () => {
  const content = manyReviews(6000);
  const gate = holdRows(1500);
  const one = await start('stopped');
  const { body } = await send(one.url, content);
  await waitFor(one.url, body.id, ({ progress }) => progress.rows === 1024);
  await expect(start('stopped')).rejects.toMatchObject({ code: 'run.locked' });
  const closed = one.close();
  await until(() => !existsSync(at('stopped/batches/run.lock'))); // the batch has stopped where it was
  gate.release();
  await closed;
  mkdirSync(at('stopped/batches', `batch_${'0'.repeat(32)}`));
  const next = holdRows(3500);
  const two = await start('stopped');
  const resumed = await waitFor(two.url, body.id, ({ progress }) => progress.rows === 3072);
  expect(resumed.status).toBe('running');
  next.release();
  await finished(two.url, body.id);
  expect(await outputOf(two.url, body.id)).toBe(await expected('stopped.csv', content));
  expect(stored('stopped')).toEqual([body.id]);
  await two.close();
});

test('all rows are answered by one model: where it changes in the middle, the batch begins anew', async () => {
  cpSync(served.run, at('model'), { recursive: true });
  await trainLinear(at('next'), 7);
  const content = manyReviews(3000);
  const events: ServerEvent[] = [];
  const changing = await start('changing', {
    models: [{ name: 'reviews', folder: at('model'), workers: 1, limits: QUEUE }],
    listen: (event) => events.push(event),
  });
  const gate = holdRows(1500);
  const { body } = await send(changing.url, content);
  await waitFor(changing.url, body.id, ({ progress }) => progress.rows === 1024);
  renameSync(at('model'), at('before'));
  renameSync(at('next'), at('model'));
  await until(() => events.some(({ type }) => type === 'model.reloaded'));
  gate.release();
  await finished(changing.url, body.id);
  const output = await outputOf(changing.url, body.id);
  const paths = { input: at('changed.csv'), output: at('changed-predicted.csv') };
  writeFileSync(paths.input, content);
  expect(output).not.toBe(await predicted(at('before'), paths));
  expect(output).toBe(await predicted(at('model'), paths));
  await changing.close();
});

test('a server that keeps no data says how to', async () => {
  const answer = await send(served.server.url, 'text\nНорм\n');
  expect(answer).toMatchObject({ status: 404, body: { code: 'system.not-kept' } });
});
