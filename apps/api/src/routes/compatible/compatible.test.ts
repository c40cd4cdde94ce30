/** The routes that other servers' clients know, asked by those clients where there are any. */
import { InferenceClient } from '@huggingface/inference';
import { OtzyvError } from '@otzyv/core';
import { loadClassifier } from '@otzyv/trainer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addKey, readKeys } from '../../auth/keys.ts';
import { rankedScores } from '../../inference/classify.ts';
import { DEFAULT_LIMITS } from '../../request-limits.ts';
import { startServer } from '../../server.ts';
import { appOn } from '../../testing/fake-app.ts';
import { post, QUEUE, type Served, serveLinear } from '../../testing/served.ts';
import { TryLater } from '../../try-later.ts';

const TEXTS = ['Куртка тёплая, но рукава короткие', 'Кроссовки развалились'];

let served: Served;
let labels: readonly string[];
/** of TEXTS, from the model itself */
let probabilities: Float32Array[];
let ranked: { label: string; score: number }[][];
const ask = (path: string, body: unknown) => post(`${served.server.url}${path}`, body);

beforeAll(async () => {
  served = await serveLinear({ limits: { ...DEFAULT_LIMITS, maxTexts: 5, maxBodyBytes: 2000 } });
  const classifier = await loadClassifier(served.run);
  const answer = await classifier.predict(TEXTS);
  labels = classifier.labels;
  probabilities = TEXTS.map((_, i) =>
    answer.probabilities.subarray(i * labels.length, (i + 1) * labels.length),
  );
  ranked = probabilities.map((row) => rankedScores(row, labels));
});
afterAll(() => served?.stop());

describe('text-embeddings-inference', () => {
  test.each([
    ['a text', () => TEXTS[0], () => ranked[0]],
    ['a text in a list', () => [TEXTS[0]], () => ranked[0]],
    ['a batch', () => TEXTS.map((text) => [text]), () => ranked],
    ['a batch of one', () => [[TEXTS[0]]], () => [ranked[0]]],
  ])('answers %s with all classes, the highest first, and how long it took', async (_, inputs, expected) => {
    const { status, body, headers } = await ask('/predict', { inputs: inputs() });
    expect({ status, body }).toEqual({ status: 200, body: expected() });
    for (const name of ['x-total-time', 'x-tokenization-time', 'x-queue-time', 'x-inference-time'])
      expect(headers.get(name)).toMatch(/^\d+$/);
  });

  test.each([
    ['two texts that would be one pair there', { inputs: TEXTS }, 422, 'Validation', '[["a"], ["b"]]'],
    ['a pair in a batch', { inputs: [['а'], ['б', 'в']] }, 422, 'Validation', 'inputs.1'],
    ['nothing', { inputs: [] }, 400, 'Empty', 'empty'],
    ['too many texts', { inputs: Array(6).fill(['а']) }, 422, 'Validation', 'at most 5'],
    ['no inputs', {}, 422, 'Validation', 'inputs'],
    ['logits', { inputs: 'а', raw_scores: true }, 422, 'Validation', 'logits'],
    ['no JSON', '{"inputs":', 400, 'Validation', 'JSON'],
    ['a large body', { inputs: 'а'.repeat(3000) }, 413, 'Validation', '2000 bytes'],
  ])('refuses %s', async (_, request, status, type, part) => {
    const answer = await ask('/predict', request);
    expect(answer).toMatchObject({
      status,
      body: { error: expect.stringContaining(part), error_type: type },
    });
    expect(Object.keys(answer.body as object)).toEqual(['error', 'error_type']);
  });

  test('tells of the default model, and that it is well', async () => {
    const info = await (await fetch(`${served.server.url}/info`)).json();
    expect(info).toMatchObject({
      ...{ model_id: 'reviews', model_dtype: 'float32', auto_truncate: true, max_client_batch_size: 5 },
      model_type: { classifier: { id2label: { 0: labels[0] }, label2id: { [labels[1]!]: 1 } } },
    });
    const health = await fetch(`${served.server.url}/health`);
    expect([health.status, await health.text()]).toEqual([200, '']);
  });
});

describe('Hugging Face inference', () => {
  const endpointUrl = () => `${served.server.url}/models/reviews`;
  const client = () => new InferenceClient();

  test('its JavaScript client gets all classes, or as many as it asks for', async () => {
    const inputs = TEXTS[0]!;
    const asked = { endpointUrl: endpointUrl(), inputs };
    expect(await client().textClassification(asked)).toEqual(ranked[0]);
    const parameters = { top_k: 2, function_to_apply: 'softmax' } as const;
    expect(await client().textClassification({ ...asked, parameters })).toEqual(ranked[0]!.slice(0, 2));
  });

  test('its JavaScript client sends a key as it sends tokens, and shows what was wrong', async () => {
    const file = `${served.folder}/keys.json`;
    const key = await addKey(file, 'hub');
    const server = await startServer({
      models: [{ name: 'reviews', folder: served.run, workers: 1, limits: QUEUE }],
      ...{ limits: DEFAULT_LIMITS, keys: await readKeys(file) },
      ...{ host: '127.0.0.1', port: 0, refreshMs: 1000, graceMs: 100, listen: () => undefined },
    });
    const asked = { inputs: TEXTS[0]! };
    const withKey = (name: string, token?: string) =>
      new InferenceClient(token).textClassification({
        ...asked,
        endpointUrl: `${server.url}/models/${name}`,
      });
    expect(await withKey('reviews', key)).toEqual(ranked[0]);
    await expect(withKey('reviews')).rejects.toThrow('no valid API key');
    await expect(withKey('other', key)).rejects.toThrow('there is no model "other"');
    await server.close();
  });

  test('a list of texts gets a list for each', async () => {
    expect((await ask('/models/reviews', { inputs: TEXTS, options: { use_cache: false } })).body).toEqual(
      ranked,
    );
  });

  test.each([
    ['nothing', { inputs: [] }, '>=1 items'],
    ['another function', { inputs: 'а', parameters: { function_to_apply: 'none' } }, 'softmax'],
    ['no inputs', { text: 'а' }, 'inputs'],
  ])('refuses %s', async (_, request, part) => {
    const answer = await ask('/models/reviews', request);
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining(part) } });
  });
});

describe('vLLM', () => {
  test.each([
    ['a text', () => TEXTS[0], 1],
    ['a list', () => TEXTS, 2],
  ])('classifies %s, with probabilities in the order of the labels', async (_, input, count) => {
    const { body } = await ask('/v1/classify', { model: 'reviews', input: input(), priority: 0 });
    expect(body).toMatchObject({
      ...{
        id: expect.stringMatching(/^classify-/),
        object: 'list',
        model: 'reviews',
        created: expect.any(Number),
      },
      data: probabilities.slice(0, count).map((row, index) => ({
        ...{ index, label: ranked[index]![0]!.label, probs: [...row], num_classes: labels.length },
      })),
    });
    const { usage } = body as { usage: Record<string, number> };
    expect(usage).toEqual({
      prompt_tokens: [5, 7][count - 1],
      total_tokens: [5, 7][count - 1],
      completion_tokens: 0,
    });
  });

  test.each([
    ['an unknown model', { model: 'other', input: 'а' }, 404, 'NotFoundError'],
    ['nothing', { input: [] }, 400, 'BadRequestError'],
    ['token ids', { input: [1, 2, 3] }, 400, 'BadRequestError'],
    ['logits', { input: 'а', use_activation: false }, 400, 'BadRequestError'],
  ])('refuses %s', async (_, request, status, type) => {
    const answer = await ask('/v1/classify', request);
    const error = { message: expect.any(String), type, param: null, code: status };
    expect(answer).toMatchObject({ status, body: { error } });
  });
});

describe('a fault while answering has the shape and the status that clients of the route know', () => {
  const faults = {
    full: new TryLater('system.overloaded', 'too many texts are waiting already', 7),
    closing: new TryLater('system.closing', 'the server is shutting down', 1),
    late: new OtzyvError('system.timeout', 'no answer within 30 seconds', 'Try again.'),
    broken: new Error('secret path'),
  };
  const requests = {
    '/v1/predict': { text: 'а' },
    '/predict': { inputs: 'а' },
    '/models/x': { inputs: 'а' },
    '/v1/classify': { input: 'а' },
  };

  test.each([
    ['full', '/v1/predict', 503, { code: 'system.overloaded' }],
    ['full', '/predict', 429, { error_type: 'Overloaded' }],
    ['full', '/models/x', 429, { error: expect.stringContaining('waiting') }],
    ['full', '/v1/classify', 503, { error: { type: 'ServiceUnavailableError', code: 503 } }],
    ['closing', '/v1/predict', 503, { code: 'system.closing' }],
    ['closing', '/predict', 503, { error_type: 'Unhealthy' }],
    ['late', '/v1/predict', 504, { code: 'system.timeout' }],
    ['late', '/predict', 424, { error_type: 'Backend' }],
    ['broken', '/v1/predict', 500, { code: 'internal.fault' }],
    ['broken', '/predict', 424, { error_type: 'Backend' }],
    ['broken', '/models/x', 500, { error: expect.any(String) }],
    ['broken', '/v1/classify', 500, { error: { type: 'InternalServerError' } }],
  ] as const)('%s at %s: %i', async (fault, path, status, body) => {
    const response = await appOn(() => Promise.reject(faults[fault]))(path, requests[path]);
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(JSON.parse(text)).toMatchObject(body);
    expect(text).not.toContain('secret');
    expect(response.headers.get('retry-after')).toBe(
      { full: '7', closing: '1', late: null, broken: null }[fault],
    );
  });
});
