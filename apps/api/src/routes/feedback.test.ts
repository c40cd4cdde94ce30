/** A person corrects an answer. */
import { join } from 'node:path';
import { openFeedbackStore, type StoredCorrection } from '@otzyv/feedback';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addKey, readKeys } from '../auth/keys.ts';
import { createClient } from '../client.ts';
import { DEFAULT_LIMITS } from '../request-limits.ts';
import { startServer } from '../server.ts';
import { post, QUEUE, type Served, serveLinear } from '../testing/served.ts';

let served: Served;
let correct: (body: Record<string, unknown>) => ReturnType<typeof post>;
let place: string;
beforeAll(async () => {
  served = await serveLinear();
  place = join(served.folder, 'feedback.db');
});
afterAll(() => served.stop());

async function stored(): Promise<StoredCorrection[]> {
  const store = await openFeedbackStore(place);
  const all: StoredCorrection[] = [];
  for await (const one of store.corrections()) all.push(one);
  await store.close();
  return all;
}

test('what a client corrects is kept with its name, what was answered, and the time', async () => {
  const keys = join(served.folder, 'keys.json');
  const apiKey = await addKey(keys, 'shop');
  const server = await startServer({
    models: [{ name: 'reviews', folder: served.run, workers: 1, limits: QUEUE }],
    ...{ limits: DEFAULT_LIMITS, feedback: place, keys: await readKeys(keys) },
    ...{ host: '127.0.0.1', port: 0, refreshMs: 1000, graceMs: 100, listen: () => undefined },
  });
  const api = createClient(server.url, { apiKey });
  const text = 'Куртка тёплая, но рукава короткие';
  const asked = await api.v1.predict.$post({ json: { text } });
  if (!asked.ok) throw new Error('not answered');
  const { label: predicted, confidence } = (await asked.json()).predictions[0]!;
  const requestId = asked.headers.get('x-request-id')!;
  const answered = { predicted_label: predicted, confidence, request_id: requestId };
  const given = { text, label: ' обувь ', comment: 'Это про "обувь"', ...answered };
  const response = await api.v1.feedback.$post({ json: given });
  expect(response.status).toBe(201);
  const answer = await response.json();
  expect(answer).toMatchObject({ model: 'reviews', label: 'обувь', is_new_label: false });
  const added = await api.v1.feedback.$post({ json: { text: 'Кофе', label: 'продукты', new_label: true } });
  expect(await added.json()).toMatchObject({ is_new_label: true });
  const anonymous = await fetch(`${server.url}/v1/feedback`, { method: 'POST' });
  expect(anonymous.status).toBe(401);
  await server.close();

  const [first, second] = await stored();
  expect(first).toEqual({
    ...{ id: (answer as { id: number }).id, createdAt: (answer as { created_at: string }).created_at },
    ...{ client: 'shop', model: 'reviews', text, label: 'обувь', comment: 'Это про "обувь"' },
    ...{ predictedLabel: predicted, confidence, requestId },
  });
  expect(second).toMatchObject({ label: 'продукты', requestId: added.headers.get('x-request-id') });
});

test('labels that the model lacks, doubles of its own, and what cannot be stored are refused', async () => {
  const server = await startServer({
    models: [{ name: 'reviews', folder: served.run, workers: 1, limits: QUEUE }],
    ...{ limits: DEFAULT_LIMITS, feedback: place },
    ...{ host: '127.0.0.1', port: 0, refreshMs: 1000, graceMs: 100, listen: () => undefined },
  });
  correct = (body) => post(`${server.url}/v1/feedback`, body);
  const before = await stored();
  const unknown = await correct({ text: 'Кофе', label: 'обвуь' });
  expect(unknown).toMatchObject({ status: 422, body: { code: 'labels.unknown' } });
  expect((unknown.body as { hint: string }).hint).toContain('обувь');
  for (const [body, status, code] of [
    [{ text: 'Кофе', label: 'Обувь ', new_label: true }, 422, 'labels.doubled'],
    [{ text: 'Кофе', label: 'не уверен', new_label: true }, 422, 'labels.unknown'],
    [{ text: 'Кофе', label: 'обувь', model: 'other' }, 404, 'model.unknown'],
    [{ text: ' ', label: 'обувь' }, 422, 'request.invalid'],
    [{ text: 'а\0б', label: 'обувь' }, 422, 'request.invalid'],
    [{ text: 'Кофе', label: '' }, 422, 'request.invalid'],
    [{ text: 'Кофе', label: 'обувь', confidence: 2 }, 422, 'request.invalid'],
    [{ text: 'Кофе', label: 'обувь', lable: 'обувь' }, 422, 'request.invalid'],
  ] as const) {
    expect(await correct(body), JSON.stringify(body)).toMatchObject({ status, body: { code } });
  }
  expect(await stored()).toEqual(before);
  await server.close();
});

test('a server that keeps none says how to keep it', async () => {
  const answer = await post(`${served.server.url}/v1/feedback`, { text: 'Кофе', label: 'обувь' });
  expect(answer).toMatchObject({ status: 404, body: { code: 'system.not-kept' } });
});
