/**
 * Requests made from the description that the server gives of itself, well-formed and not: whatever is asked, every answer is one that
 * the description has, in the shape that it has there, and the model answers the next one as before. The corpus is always the same.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { loadClassifier } from '@otzyv/trainer';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { DEFAULT_BATCH_LIMITS } from './batches/batch-limits.ts';
import { DEFAULT_LIMITS } from './request-limits.ts';
import { startServer } from './server.ts';
import { finished, send } from './testing/batches.ts';
import { damaged, type Schema, valuesOf } from './testing/schema-arbitrary.ts';
import { post, QUEUE, serveLinear } from './testing/served.ts';

interface Content {
  readonly [type: string]: { readonly schema: Schema };
}

interface Operation {
  readonly parameters?: readonly { name: string; in: 'path' | 'query' | 'header'; schema: Schema }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

interface Request {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: NonNullable<RequestInit['body']>;
}

const served = await serveLinear();
const server = await startServer({
  models: [{ name: 'reviews', folder: served.run, workers: 1, limits: QUEUE }],
  limits: { ...DEFAULT_LIMITS, maxTexts: 20, maxTextLength: 2000, maxBodyBytes: 50_000 },
  ...{ runs: served.folder, data: join(served.folder, 'data'), listen: () => undefined },
  batchLimits: { ...DEFAULT_BATCH_LIMITS, maxUnfinished: 10_000 },
  ...{ host: '127.0.0.1', port: 0, refreshMs: 50, graceMs: 100 },
});
const { url } = server;
afterAll(async () => {
  await server.close();
  await served.stop();
});

const description = (await (await fetch(`${url}/openapi.json`)).json()) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};
const ajv = formats.default(new Ajv2020({ strict: false, allErrors: true }));
ajv.addSchema(description, 'description');

/** @param keys the way to a schema in the description */
function validator(...keys: string[]) {
  const pointer = keys.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1')).map(encodeURIComponent);
  return ajv.compile({ $ref: `description#/${pointer.join('/')}` });
}

const resolve = (ref: string): Schema =>
  ref
    .slice(2)
    .split('/')
    .reduce((at: unknown, key) => (at as Record<string, unknown>)[key], description) as Schema;

const table = 'text,label\nКуртка тёплая,одежда\n"Чайник\nне греет",быт\n';
const batch = (await send(url, table)).body.id;
await finished(url, batch);

const odd = fc.oneof(
  fc.constantFrom('%', '%zz', '%00', '..%2f..%2fetc', '%F0%9F', '__proto__', 'constructor', 'x'.repeat(3000)),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).map(encodeURIComponent),
);
const inPath = fc
  .oneof(fc.constantFrom('reviews', 'run', batch), odd)
  .filter((part) => !/^(\.|%2e)*$/i.test(part)); // they would be another path

/** Of each parameter that is not in the path, what it may be, or anything. */
function some(parameters: Operation['parameters'] = []) {
  const values = parameters.map(({ name, schema }) => {
    const value = valuesOf(schema, resolve).filter((one) => !/[\ud800-\udfff]/.test(String(one)));
    return [
      name,
      fc.oneof(
        value.map((one) => encodeURIComponent(String(one))),
        odd,
      ),
    ] as const;
  });
  const all = fc.record(Object.fromEntries(values), { requiredKeys: [] });
  return fc.oneof(fc.constant({}), all) as fc.Arbitrary<Record<string, string>>;
}

function bodyOf(type: string, schema: Schema): fc.Arbitrary<string | Uint8Array<ArrayBuffer>> {
  const value = type === 'application/json' ? valuesOf(schema, resolve) : fc.constant(undefined);
  const json = fc.oneof(value, damaged(value)).map((one) => JSON.stringify(one) ?? '');
  const whole =
    type === 'application/json'
      ? json
      : fc.oneof(
          fc.constant(table),
          json.map((one) => `text\n${one}\n`),
        );
  const cut = fc.tuple(whole, fc.nat(200)).map(([one, at]) => one.slice(0, at));
  return fc.oneof(
    { arbitrary: whole, weight: 6 },
    { arbitrary: cut, weight: 2 },
    fc.constantFrom('', '[', 'null', '"', '{}]', `${'['.repeat(20_000)}`, `"${'а'.repeat(30_000)}"`),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)),
  );
}

function requestsOf(path: string, { parameters = [], requestBody }: Operation): fc.Arbitrary<Request> {
  const placed = fc.tuple(...path.split(/\{\w+\}/).map(() => inPath));
  const bodies = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) =>
    fc.record({ type: fc.constant(type), body: bodyOf(type, schema) }),
  );
  const wrongType = bodies.map((one) =>
    fc.record({
      type: fc.constantFrom('text/plain', 'application/xml', 'x'),
      body: one.map(({ body }) => body),
    }),
  );
  const sent = fc.oneof(
    ...bodies.map((arbitrary) => ({ arbitrary, weight: 8 })),
    ...wrongType,
    ...(bodies.length === 0 ? [fc.constant(undefined)] : []),
  );
  const ofPlace = (place: string) => parameters.filter((one) => one.in === place);
  return fc
    .record({ placed, query: some(ofPlace('query')), headers: some(ofPlace('header')), sent })
    .map(({ placed: parts, query, headers, sent: given }) => {
      let at = 0;
      const search = Object.entries(query).map(([name, value]) => `${name}=${value}`);
      return {
        path: `${path.replace(/\{\w+\}/g, () => parts[at++] as string)}?${search.join('&')}`,
        headers: { ...headers, ...(given && { 'content-type': given.type }) } as Record<string, string>,
        ...(given && { body: given.body }),
      };
    });
}

/** Answered well only while a training goes on. */
const UNMET = ['/v1/runs/{id}/commands'];

const ASKED = 'Чайник не греет';
const classifier = await loadClassifier(served.run);
const surest = Math.max(...(await classifier.predict([ASKED])).probabilities);

async function answersRightly() {
  const { body } = await post(`${url}/v1/predict`, { text: ASKED });
  expect(body).toMatchObject({ predictions: [{ confidence: expect.closeTo(surest, 6) }] });
}

const operations = Object.entries(description.paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [method.toUpperCase(), path, operation] as const),
  )
  .sort(([a], [b]) => Number(a === 'DELETE') - Number(b === 'DELETE')); // the batch is asked for before

describe('whatever is asked, the answer is one of those that are described', () => {
  test.each(operations)('%s %s', async (method, path, operation) => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(requestsOf(path, operation), async ({ path: asked, headers, body }) => {
        const response = await fetch(`${url}${asked}`, {
          method,
          headers,
          ...(body !== undefined && { body }),
        });
        const { status } = response;
        const text = await response.text();
        statuses.add(status);
        const described = operation.responses[status];
        const mayBeLate = status === 504 && String(body).includes('timeout_ms');
        expect(status < 500 || mayBeLate, `${status} ${text}`).toBe(true);
        expect(described, `${status} ${text}`).toBeDefined();
        const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
        if (described?.content === undefined) {
          expect(text).toBe('');
          return;
        }
        expect(Object.keys(described.content)).toContain(type);
        if (!type.endsWith('json')) return;
        const steps = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type];
        const isValid = validator(...steps, 'schema');
        expect(isValid(JSON.parse(text)), `${JSON.stringify(isValid.errors)} ${text}`).toBe(true);
      }),
      { seed: 20_260_101, numRuns: operation.requestBody === undefined ? 25 : 150, endOnFailure: true },
    );
    const isGood = (status: number) => status < 300;
    if (!UNMET.includes(path)) expect([...statuses].some(isGood), 'none was well-formed').toBe(true);
    if (operation.requestBody !== undefined) expect([...statuses].every(isGood)).toBe(false);
    await answersRightly();
  });
});

test('the longest texts and the shortest are answered as by the model itself, one by one and together', async () => {
  const texts = [
    '',
    ' ',
    'а',
    '🙂',
    '\u0000',
    'x'.repeat(2000),
    'плохо '.repeat(333),
    '👍🏽'.repeat(500),
    '\ud83d',
  ];
  const { probabilities } = await classifier.predict(texts);
  const { labels } = classifier;
  const surestOf = (i: number) =>
    Math.max(...probabilities.subarray(i * labels.length, (i + 1) * labels.length));
  const confidence = async (body: object) =>
    (
      (await post(`${url}/v1/predict`, body)).body as { predictions: { confidence: number }[] }
    ).predictions.map((one) => one.confidence);
  const expected = texts.map((_, i) => expect.closeTo(surestOf(i), 6));
  expect(await confidence({ texts })).toEqual(expected);
  expect((await Promise.all(texts.map((text) => confidence({ text })))).flat()).toEqual(expected);
});

test('bytes that are no HTTP, and clients that stop in the middle, hold up nobody', async () => {
  const port = Number(new URL(url).port);
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 200 }),
    fc
      .constantFrom(
        'GET / HTTP/9.9\r\n\r\n',
        'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
        'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        'POST /v1/predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n',
        `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
        'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"text":',
      )
      .map((text) => Buffer.from(text)),
  );
  const sockets = await Promise.all(
    fc.sample(bytes, { seed: 1, numRuns: 60 }).map(async (sent) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      for (const byte of sent) if (!socket.destroyed) socket.write(Buffer.of(byte)); // a byte at a time
      return socket;
    }),
  );
  await answersRightly();
  for (const socket of sockets) socket.destroy();
  await answersRightly();
});
