/** Drift as Prometheus sees it: a model that is asked its own held-out texts, and then something else. */
import { cpSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadClassifier, readPredictions } from '@otzyv/trainer';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { DEFAULT_LIMITS } from '../request-limits.ts';
import { type RunningServer, startServer } from '../server.ts';
import { post, QUEUE } from '../testing/served.ts';

const folder = mkdtempSync(join(tmpdir(), 'otzyv-api-drift-'));
const at = (name: string) => join(folder, name);
let server: RunningServer;
beforeAll(async () => {
  cpSync(inject('trainedRun'), at('run'), { recursive: true });
  cpSync(at('run/best'), at('moved'), { recursive: true });
  const model = { workers: 1, limits: QUEUE };
  server = await startServer({
    models: [
      { name: 'reviews', folder: at('run/best'), ...model },
      { name: 'moved', folder: at('moved'), ...model },
    ],
    limits: DEFAULT_LIMITS,
    ...{ host: '127.0.0.1', port: 0, refreshMs: 1000, graceMs: 100, listen: () => undefined },
  });
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true });
});

async function metric(name: string, labels: string): Promise<number | undefined> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name}{${labels}}`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}
const drift = (model: string, of: string) => metric('otzyv_drift', `model="${model}",of="${of}"`);

test('is small for texts that the model was tried on, and large for others', async () => {
  const { texts } = await readPredictions(at('run/validation_pred.csv'));
  const classifier = await loadClassifier(at('run'));
  const { probabilities, readings = [] } = await classifier.predict(texts);
  const classes = classifier.labels.length;
  const confidences = texts.map((_, i) =>
    Math.max(...probabilities.subarray(i * classes, (i + 1) * classes)),
  );
  const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);

  while ((await metric('otzyv_reference_confidence', 'model="reviews"')) === undefined);
  expect(await metric('otzyv_reference_confidence', 'model="reviews"')).toBeCloseTo(
    sum(confidences) / texts.length,
    5,
  );
  const unknownShare =
    sum(readings.map(({ unknown }) => unknown)) / sum(readings.map(({ tokens }) => tokens));
  expect(await metric('otzyv_reference_unknown_share', 'model="reviews"')).toBeCloseTo(unknownShare, 10);

  for (let i = 0; i < 2; i++) await post(`${server.url}/v1/predict`, { texts });
  for (const of of ['classes', 'confidence', 'unknown'])
    expect(await drift('reviews', of), of).toBeLessThan(0.1);
  const strange = Array(1000).fill('Куртка кракозябр абракадаврик брандашмыг');
  for (const model of ['reviews', 'moved']) await post(`${server.url}/v1/predict`, { texts: strange, model });
  for (const of of ['classes', 'confidence', 'unknown'])
    expect(await drift('reviews', of), of).toBeGreaterThan(0.25);
});

test('a model without its run is compared with the classes of its training data only', async () => {
  expect(await drift('moved', 'classes')).toBeGreaterThan(0.25);
  expect(await drift('moved', 'confidence')).toBeUndefined();
  expect(await metric('otzyv_reference_confidence', 'model="moved"')).toBeUndefined();
});
