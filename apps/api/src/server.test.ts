import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { explain, loadClassifier } from '@otzyv/trainer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addKey, readKeys } from './auth/keys.ts';
import { createClient } from './client.ts';
import type { RequestReport } from './http/observe.ts';
import type { Problem } from './http/problem.ts';
import { DEFAULT_LIMITS } from './request-limits.ts';
import { type ServerEvent, startServer } from './server.ts';
import { answerA, appOn } from './testing/fake-app.ts';
import { holdTexts } from './testing/hold-texts.ts';
import { post, QUEUE, queuedTexts, type Served, serveLinear } from './testing/served.ts';
import { trainLinear } from './testing/train-linear.ts';
import { until } from './testing/until.ts';
import { TryLater } from './try-later.ts';

const TEXTS = ['Куртка тёплая, но рукава короткие', 'Кроссовки развалились', ''];

let served: Served;
const events: ServerEvent[] = [];
beforeAll(async () => {
  served = await serveLinear({
    limits: { ...DEFAULT_LIMITS, maxTexts: 5, maxTextLength: 100, maxBodyBytes: 2000 },
    listen: (event) => events.push(event),
  });
}, 60_000);
afterAll(() => served?.stop());

const client = () => createClient(served.server.url);
const predict = (body: unknown) => post(`${served.server.url}/v1/predict`, body);

describe('POST /v1/predict', () => {
  test('answers as the model itself does, with as many scores as were asked for', async () => {
    const classifier = await loadClassifier(served.run);
    const { probabilities, empty } = await classifier.predict(TEXTS);
    const { labels } = classifier;
    const response = await client().v1.predict.$post({ json: { texts: TEXTS, all_scores: true } });
    expect(response.status).toBe(200);
    if (!response.ok) return;
    const { model, predictions } = await response.json();
    expect(model).toBe('reviews');
    expect(predictions.map((one) => one.is_empty)).toEqual(empty);
    predictions.forEach(({ label, confidence, scores = [] }, i) => {
      const own = labels.map((name, id) => ({ label: name, score: probabilities[i * labels.length + id]! }));
      expect(scores).toEqual(own.sort((a, b) => b.score - a.score));
      expect({ label, score: confidence }).toEqual(scores[0]);
    });
    const top = await client().v1.predict.$post({ json: { text: TEXTS[0]!, top_k: 2 } });
    if (top.ok) expect((await top.json()).predictions[0]?.scores).toHaveLength(2);
  });

  test.each([
    ['neither text nor texts', {}, 422, 'request.invalid'],
    ['both', { text: 'а', texts: ['б'] }, 422, 'request.invalid'],
    ['a text that is none', { texts: ['а', 5] }, 422, 'request.invalid'],
    ['an unknown option', { text: 'а', topk: 3 }, 422, 'request.invalid'],
    ['too many texts', { texts: Array(6).fill('а') }, 422, 'request.invalid'],
    ['too long a text', { text: 'а'.repeat(101) }, 422, 'request.invalid'],
    ['an unknown model', { text: 'а', model: '../../etc' }, 404, 'model.unknown'],
    ['no JSON', '{"text": ', 400, 'request.refused'],
    ['a large body', { text: 'а'.repeat(3000) }, 413, 'request.too-large'],
  ])('tells of %s as a problem', async (_, body, status, code) => {
    const answer = await predict(body);
    expect(answer).toMatchObject({ status, body: { status, code, request_id: expect.any(String) } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test('tells which words mattered, as the model itself does', async () => {
    const classifier = await loadClassifier(served.run);
    const response = await client().v1.predict.$post({ json: { texts: TEXTS, explain: true } });
    if (!response.ok) throw new Error('refused');
    const { predictions } = await response.json();
    for (const [i, text] of TEXTS.entries()) {
      const { label, words } = predictions[i]!;
      const expected = await explain(classifier, text, { label });
      expect(words).toEqual(expected.map((one) => ({ ...one, weight: expect.closeTo(one.weight, 6) })));
    }
    const [{ words = [] } = {}] = predictions;
    const most = words.reduce((a, b) => (b.weight > a.weight ? b : a));
    expect(TEXTS[0]!.slice(most.start, most.end)).toBe('Куртка');
    const many = { texts: Array(33).fill('а'), explain: true };
    expect(await appOn(() => Promise.reject())('/v1/predict', many)).toMatchObject({ status: 422 });
  });

  test('counts a body that does not say how large it is', async () => {
    const send = async (text: string) => {
      const body = new Blob([JSON.stringify({ text })]).stream();
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body, duplex: 'half' } as const;
      return (await fetch(`${served.server.url}/v1/predict`, init)).status;
    };
    expect([await send('а'), await send('а'.repeat(3000))]).toEqual([200, 413]);
  });

  test('points at a fault in a list', async () => {
    const { errors } = (await predict({ texts: ['а', 5] })).body as Problem;
    expect(errors).toEqual([expect.objectContaining({ pointer: '/texts/1' })]);
  });
});

test('where a text cannot be explained, what was asked for it leaves the queue', async () => {
  const waiting: AbortSignal[] = [];
  const ask = appOn(({ texts, signal }) => {
    if (texts.length === 2) return Promise.reject(new TryLater('system.overloaded', 'full', 1));
    waiting.push(signal!);
    return new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)));
  });
  const { status } = await ask('/v1/predict', {
    texts: ['один два три', 'четыре пять шесть'],
    explain: true,
  });
  expect(status).toBe(503);
  expect(waiting.map(({ aborted }) => aborted)).toEqual([true, true]);
});

test('a request is given up after as long as it says, and as the server does at the latest', async () => {
  const timeouts: number[] = [];
  const ask = appOn((request) => {
    timeouts.push(request.timeoutMs);
    return answerA(request);
  });
  for (const timeout of [undefined, 50, 1_000_000])
    expect((await ask('/v1/predict', { text: 'а', timeout_ms: timeout })).status).toBe(200);
  expect(timeouts).toEqual([DEFAULT_LIMITS.timeoutMs, 50, DEFAULT_LIMITS.timeoutMs]);
});

test('pages of the origins that were named may ask, and see when to come again', async () => {
  const server = await startServer({
    models: [{ name: 'reviews', folder: served.run, workers: 1, limits: QUEUE }],
    ...{ limits: DEFAULT_LIMITS, corsOrigins: ['https://shop.example'] },
    ...{ host: '127.0.0.1', port: 0, refreshMs: 1000, graceMs: 100, listen: () => undefined },
  });
  const preflight = async (origin: string) => {
    const headers = { origin, 'access-control-request-method': 'POST' };
    return (await fetch(`${server.url}/v1/predict`, { method: 'OPTIONS', headers })).headers;
  };
  expect((await preflight('https://shop.example')).get('access-control-allow-origin')).toBe(
    'https://shop.example',
  );
  expect((await preflight('https://other.example')).get('access-control-allow-origin')).toBeNull();
  const answer = await fetch(`${server.url}/healthz`, { headers: { origin: 'https://shop.example' } });
  expect(answer.headers.get('access-control-expose-headers')).toContain('Retry-After');
  await server.close();
});

test('the models are listed, the default first, and one is described with what was measured', async () => {
  const list = await (await client().v1.models.$get()).json();
  expect(list).toMatchObject({ object: 'list', data: [{ id: 'reviews', is_default: true, kind: 'linear' }] });
  const found = await client().v1.models[':name'].$get({ param: { name: 'reviews' } });
  if (found.ok) expect((await found.json()).metrics['f1_weighted']).toBeGreaterThan(0.5);
  const missing = await client().v1.models[':name'].$get({ param: { name: 'other' } });
  expect(missing.status).toBe(404);
});

test('what runs and what it answered is there for Prometheus, beside the shares of the training data', async () => {
  await predict({ texts: TEXTS });
  const text = await (await fetch(`${served.server.url}/metrics`)).text();
  expect(text).toMatch(/otzyv_answers_total\{model="reviews",label="одежда"\} [1-9]/);
  expect(text).toMatch(/otzyv_training_share\{model="reviews",label="одежда"\} 0\.\d/);
  expect(text).toContain(
    'http_request_duration_seconds_count{route="/v1/predict",method="POST",status="200"}',
  );
});

test('a request is told of by its route and without its text', async () => {
  events.length = 0;
  const { headers } = await predict({ text: 'Секретная куртка' });
  expect(headers.get('x-request-id')).toBeTruthy();
  expect(events).toMatchObject([{ type: 'request', route: '/v1/predict', status: 200, client: '127.0.0.1' }]);
  expect(JSON.stringify(events)).not.toContain('Секретная');
});

test.each([
  ['system.store-unavailable', 503],
  ['system.disk-full', 507],
  ['system.not-writable', 500],
  ['internal.fault', 500],
] as const)('what is wrong with the server, %s, is told in full to its log only', async (code, status) => {
  const fault = new OtzyvError(code, 'postgres://db.internal, /srv/data: broken', 'See /srv/data.');
  const reports: RequestReport[] = [];
  const ask = appOn(() => Promise.reject(fault), { listen: (report) => reports.push(report) });
  for (const [path, body] of [
    ['/v1/predict', { text: 'а' }],
    ['/predict', { inputs: 'а' }],
  ] as const) {
    const response = await ask(path, body);
    const told = await response.text();
    expect(told).not.toMatch(/db\.internal|srv/);
    if (path === '/v1/predict')
      expect(JSON.parse(told)).toMatchObject({ status, code: status === 500 ? 'internal.fault' : code });
  }
  expect(reports.map(({ error }) => error)).toEqual([fault, fault]);
  const later = appOn(() => Promise.reject(new TryLater('system.overloaded', 'full', 1)), {
    listen: (report) => reports.push(report),
  });
  await later('/v1/predict', { text: 'а' });
  expect(reports.at(-1)).toMatchObject({ status: 503 });
  expect(reports.at(-1)?.error).toBeUndefined();
});

test('the routes are described by the schemas that validate them, and the page that shows it asks nobody else', async () => {
  const description = (await (await fetch(`${served.server.url}/openapi.json`)).json()) as {
    openapi: string;
    paths: Record<string, unknown>;
  };
  expect(description.openapi).toBe('3.1.0');
  expect(Object.keys(description.paths)).toEqual(
    expect.arrayContaining([
      '/v1/predict',
      '/v1/models',
      '/v1/models/{name}',
      '/healthz',
      '/readyz',
      '/metrics',
      '/predict',
      '/models/{name}',
      '/v1/classify',
    ]),
  );
  const page = await (await fetch(`${served.server.url}/docs`)).text();
  expect(page).not.toMatch(/https?:/);
  for (const [, asset] of page.matchAll(/(?:src|href)="([^"]+)"/g))
    expect((await fetch(`${served.server.url}/${asset}`)).status, asset).toBe(200);
});

test('a model whose folder is replaced is served anew, and no request is lost meanwhile', async () => {
  const folder = join(served.folder, 'changing');
  cpSync(served.run, folder, { recursive: true });
  const reloads: ServerEvent[] = [];
  const server = await startServer({
    models: [{ name: 'changing', folder, workers: 1, limits: QUEUE }],
    limits: DEFAULT_LIMITS,
    ...{ host: '127.0.0.1', port: 0, refreshMs: 20, graceMs: 100, listen: (event) => reloads.push(event) },
  });
  const ask = async () => (await post(`${server.url}/v1/predict`, { text: TEXTS[0], all_scores: true })).body;
  const confidenceOf = (body: unknown) =>
    (body as { predictions: { confidence: number }[] }).predictions[0]?.confidence;
  const before = confidenceOf(await ask());
  await trainLinear(folder, 2);
  const seen = new Set<number | undefined>();
  while (!reloads.some(({ type }) => type === 'model.reloaded')) seen.add(confidenceOf(await ask()));
  const after = confidenceOf(await ask());
  expect(after).not.toBe(before);
  expect([...seen].every((value) => value === before || value === after)).toBe(true);
  await server.close();
}, 60_000);

test('when a client goes, its texts make room and are not answered', async () => {
  const ends: ServerEvent[] = [];
  const gate = holdTexts((text) => text.endsWith('придержать'));
  const server = await startServer({
    models: [{ name: 'reviews', folder: served.run, workers: 1, limits: QUEUE }],
    limits: DEFAULT_LIMITS,
    ...{ host: '127.0.0.1', port: 0, refreshMs: 1000, graceMs: 100, listen: (event) => ends.push(event) },
  });
  const gone = new AbortController();
  const asked = fetch(`${server.url}/v1/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ texts: Array(900).fill('Куртка, придержать') }),
    signal: gone.signal,
  });
  await until(async () => (await queuedTexts(server.url)) >= 900);
  gone.abort();
  await expect(asked).rejects.toThrow();
  // what a thread has been given is not waited for; a few held-out texts may wait beside it
  await until(async () => (await queuedTexts(server.url)) < 100);
  gate.release();
  await until(async () => (await queuedTexts(server.url)) === 0);
  expect(ends).toContainEqual(expect.objectContaining({ route: '/v1/predict', status: 499 }));
  const text = await (await fetch(`${server.url}/metrics`)).text();
  expect(text).not.toContain('otzyv_answers_total{');
  await server.close();
});

test('with keys, only who has one is answered, and only as often as it may ask', async () => {
  const file = join(served.folder, 'keys.json');
  const [shop, trial] = [await addKey(file, 'shop'), await addKey(file, 'trial', 2)];
  const keys = await readKeys(file);
  expect(JSON.stringify(keys)).not.toContain(shop);
  const server = await startServer({
    models: [{ name: 'reviews', folder: served.run, workers: 1, limits: QUEUE }],
    limits: DEFAULT_LIMITS,
    keys,
    ...{ host: '127.0.0.1', port: 0, refreshMs: 1000, graceMs: 100, listen: () => undefined },
  });
  const statusWith = async (key?: string) => {
    const api = createClient(server.url, key === undefined ? {} : { apiKey: key });
    return (await api.v1.predict.$post({ json: { text: 'а' } })).status;
  };
  expect(await statusWith()).toBe(401);
  expect(await statusWith('otzyv_wrong')).toBe(401);
  expect(await statusWith(shop)).toBe(200);
  expect([await statusWith(trial), await statusWith(trial), await statusWith(trial)]).toEqual([
    200, 200, 429,
  ]);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  await server.close();
});
