import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadClassifier, resolveRunOptions, train } from '@otzyv/trainer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from './config.ts';
import { type RunningServer, startServer } from './server.ts';

const TRAIN = fileURLToPath(new URL('../../../test-fixtures/reviews/train.csv', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'otzyv-api-'));
const model = join(folder, 'run');
let server: RunningServer;

beforeAll(async () => {
  const options = resolveRunOptions({ model: 'linear', trainFile: TRAIN, output: model });
  await train(options, { listen: () => undefined });
  const queue = { maxTexts: 5000, maxTokens: 200_000, batchTokens: 2048, maxWaitMs: 0 };
  server = await startServer({
    models: [{ name: 'reviews', folder: model, workers: 1, limits: queue }],
    limits: { ...DEFAULT_LIMITS, maxTexts: 5, maxTextLength: 100, maxBodyBytes: 2000 },
    runsFolder: undefined,
    corsOrigins: [],
    ...{ host: '127.0.0.1', port: 0, refreshMs: 100 },
  });
}, 60_000);
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true });
});

async function ask(path: string, body?: unknown) {
  const response = await fetch(server.url + path, {
    ...(body !== undefined && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

test('a text gets the label and the confidence that the model itself gives', async () => {
  const texts = ['Куртка тёплая, но рукава короткие', 'Кроссовки развалились'];
  const classifier = await loadClassifier(model);
  const { probabilities } = await classifier.predict(texts);
  const { status, body } = await ask('/v1/predict', { texts, all_scores: true });
  expect(status).toBe(200);
  expect(body.predictions).toHaveLength(2);
  body.predictions.forEach((prediction: { scores: { label: string; score: number }[] }, i: number) => {
    const own = classifier.labels.map((label, id) => ({
      label,
      score: probabilities[i * classifier.labels.length + id],
    }));
    expect(prediction.scores).toEqual(own.sort((a, b) => (b.score as number) - (a.score as number)));
  });
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
])('%s is told of as a problem', async (_, request, status, code) => {
  const answer = await ask('/v1/predict', request);
  expect(answer).toMatchObject({ status, body: { status, code, request_id: expect.any(String) } });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
});

test('a fault in a list is pointed at', async () => {
  const { body } = await ask('/v1/predict', { texts: ['а', 5] });
  expect(body.errors).toEqual([expect.objectContaining({ pointer: '/texts/1' })]);
});

test('the models are listed, the default first, and one is described with what was measured', async () => {
  const { body } = await ask('/v1/models');
  expect(body).toMatchObject({ object: 'list', data: [{ id: 'reviews', is_default: true, kind: 'linear' }] });
  const details = await ask('/v1/models/reviews');
  expect(details.body.metrics.f1_weighted).toBeGreaterThan(0.5);
  expect((await ask('/v1/models/other')).status).toBe(404);
});
