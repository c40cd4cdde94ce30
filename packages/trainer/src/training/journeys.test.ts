/** A BERT from a hub (a local server that speaks its protocol) fine-tuned, and read back by another library. */
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyTemperature, cleanText } from '@otzyv/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadClassifier } from '../inference/classifier.ts';
import { readSafetensors } from '../model/safetensors.ts';
import { type FakeHub, startFakeHub } from '../testing/fake-hub.ts';
import { writeTinyBert } from '../testing/tiny-bert.ts';
import type { RunEvent } from './events.ts';
import { resolveRunOptions } from './options.ts';
import { resume, train } from './train.ts';

const FIXTURES = fileURLToPath(new URL('../../../../test-fixtures/', import.meta.url));
const TRAIN = join(FIXTURES, 'reviews/train.csv');
const TEXTS = [
  'Куртка тёплая, но рукава короткие!',
  'Чайник течёт по шву',
  'Всё отлично',
  'Кроссовки 42 размер: натирают пятку',
];

let folder: string;
let hub: FakeHub;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-journey-'));
  await writeTinyBert(join(folder, 'hub', 'org', 'tiny-bert'));
  hub = await startFakeHub(join(folder, 'hub'));
});
afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

function tiny(output: string, more: object = {}) {
  return resolveRunOptions({
    ...{
      model: 'org/tiny-bert',
      trainFile: TRAIN,
      output: join(folder, output),
      epochs: 6,
      learningRate: 1e-2,
    },
    ...{ maxLength: 48, ...more },
  });
}

const fetchFromHub = () => ({ endpoint: hub.endpoint, cacheDir: join(folder, 'cache') });

describe('a model of the hub', () => {
  const events: RunEvent[] = [];
  beforeAll(async () => {
    await train(tiny('run'), { listen: (event) => events.push(event), fetch: fetchFromHub() });
  });
  const of = <T extends RunEvent['type']>(type: T) =>
    events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);

  test('is downloaded with progress and fine-tuned; only its head begins at random', () => {
    expect(of('download').some(({ file }) => file === 'model.safetensors')).toBe(true);
    expect(of('model.ready')[0]?.newWeights).toEqual(['classifier.weight', 'classifier.bias']);
    const losses = of('step').map(({ loss }) => loss);
    const mean = (part: number[]) => part.reduce((sum, loss) => sum + loss, 0) / part.length;
    expect(mean(losses.slice(-10))).toBeLessThan(mean(losses.slice(0, 10)) - 0.1);
    expect(of('run.finished')[0]).toMatchObject({ status: 'completed', metric: 'f1_weighted' });
  });

  test('tells everything in events.jsonl, in order', () => {
    const logged = readFileSync(join(folder, 'run/events.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(logged.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
    expect(logged[0]).toMatchObject({ v: 1, type: 'run.started', time: expect.stringMatching(/^\d{4}-/) });
  });

  test('follows the schedule to zero', () => {
    const rates = of('step').map(({ learningRate }) => learningRate);
    expect(rates[0]).toBe(1e-2);
    expect(rates.at(-1)).toBeCloseTo(1e-2 / rates.length, 8);
  });

  test('leaves a folder that says who its classes are', () => {
    const config = JSON.parse(readFileSync(join(folder, 'run/best/config.json'), 'utf8'));
    expect(config).toMatchObject({
      architectures: ['BertForSequenceClassification'],
      problem_type: 'single_label_classification',
      id2label: { 0: 'бытовая техника' },
      label2id: { электроника: 8 },
    });
    const card = readFileSync(join(folder, 'run/best/README.md'), 'utf8');
    expect(card).toContain('base_model: org/tiny-bert');
    expect(card).toContain('| learning rate | 0.01, linear, warm-up 0 |');
    const saved = /\*\*[\d.]+\*\* \| \*\*(\d+)\*\* \| \*\*([\d.]+)\*\*/.exec(card);
    const { best_global_step, best_metric } = JSON.parse(
      readFileSync(join(folder, 'run/trainer_state.json'), 'utf8'),
    );
    expect(saved?.slice(1)).toEqual([String(best_global_step), best_metric.toFixed(3)]);
  });

  test('same seed, same run; the cache answers offline', async () => {
    const requests = hub.requests.length;
    await train(tiny('again', { offline: true }), { listen: () => undefined, fetch: fetchFromHub() });
    expect(hub.requests.length).toBe(requests);
    const weights = (run: string) => readFileSync(join(folder, run, 'best/model.safetensors'));
    expect(weights('again').equals(weights('run'))).toBe(true);
  });

  test('is fine-tuned on from its own folder, head included', async () => {
    const more: RunEvent[] = [];
    await train(tiny('more', { model: join(folder, 'run/best'), epochs: 1 }), {
      listen: (event) => more.push(event),
    });
    expect(more.find((event) => event.type === 'model.ready')).toMatchObject({ newWeights: [] });
  });

  test('gradient accumulation makes half the updates', async () => {
    const steps: RunEvent[] = [];
    const trained = of('data.split')[0]?.train ?? 0;
    const options = tiny('accumulated', { gradientAccumulationSteps: 2, epochs: 1 });
    await train(options, {
      listen: (event) => event.type === 'step' && steps.push(event),
      fetch: fetchFromHub(),
    });
    expect(steps).toHaveLength(Math.ceil(Math.ceil(trained / 16) / 2));
  });

  test('early stopping ends a run that no longer improves', async () => {
    const options = tiny('stopped', { epochs: 50, learningRate: 1e-9, earlyStoppingPatience: 2 });
    const outcome = await train(options, { listen: () => undefined, fetch: fetchFromHub() });
    expect(outcome.status).toBe('early-stopped');
    expect(JSON.parse(readFileSync(join(folder, 'stopped/trainer_state.json'), 'utf8')).epoch).toBeLessThan(
      10,
    );
  });
});

test('the folder scores the same in transformers.js, and answers the same with its temperature', async () => {
  const [raw, calibrated] = [await answersOf({ isRaw: true }), await answersOf({})];
  const { temperature } = JSON.parse(readFileSync(join(folder, 'run/best/otzyv.json'), 'utf8')).decision;
  expect(temperature).not.toBe(1);

  const { env, pipeline } = await import('@xenova/transformers');
  env.allowRemoteModels = false;
  env.localModelPath = join(folder, 'run/');
  const classify = await pipeline('text-classification', 'best', { dtype: 'fp32' });
  for (const [i, text] of TEXTS.entries()) {
    const answers = (await classify(cleanText(text), { top_k: 9 })) as { label: string; score: number }[];
    expect(answers).toHaveLength(9);
    const scores = Float32Array.from(
      raw.labels,
      (label) => answers.find((one) => one.label === label)!.score,
    );
    const divided = applyTemperature(scores, 9, temperature);
    scores.forEach((score, id) => {
      expect(score).toBeCloseTo(raw.probabilities[i * 9 + id]!, 5);
      expect(divided[id]).toBeCloseTo(calibrated.probabilities[i * 9 + id]!, 5);
    });
  }
  await classify.dispose();
});

async function answersOf(options: { isRaw?: boolean }) {
  const classifier = await loadClassifier(join(folder, 'run'), options);
  const { probabilities } = await classifier.predict(TEXTS);
  await classifier.dispose();
  return { labels: classifier.labels, probabilities };
}

test('a classifier without our files, as the hub has them, predicts as well', async () => {
  const plain = join(folder, 'plain');
  await cp(join(folder, 'run/best'), plain, { recursive: true });
  for (const name of ['otzyv.json', 'onnx', 'README.md']) await rm(join(plain, name), { recursive: true });
  const theirs = await loadClassifier(plain);
  const expected = (await answersOf({ isRaw: true })).probabilities;
  const actual = (await theirs.predict(TEXTS.map((text) => cleanText(text)))).probabilities;
  actual.forEach((p, i) => {
    expect(p).toBeCloseTo(expected[i]!, 5);
  });
  await theirs.dispose();
});

test('an encoder alone is no classifier, and says so', async () => {
  await expect(loadClassifier('org/tiny-bert', fetchFromHub())).rejects.toMatchObject({
    code: 'model.no-classifier',
  });
});

test('a length beyond the model’s positions is refused; one at their end is not', async () => {
  const run = (maxLength: number) =>
    train(tiny(`length-${maxLength}`, { maxLength, epochs: 1 }), {
      listen: () => undefined,
      fetch: fetchFromHub(),
    });
  await expect(run(65)).rejects.toMatchObject({
    code: 'options.max-length',
    message: expect.stringContaining('64 positions'),
  });
  expect(existsSync(join(folder, 'length-65'))).toBe(false);
  expect((await run(64)).status).toBe('completed');
});

test('a run whose loss is lost says so, and leaves nothing', async () => {
  const options = tiny('diverged', { learningRate: 1e30, maxGradNorm: 0 });
  await expect(train(options, { listen: () => undefined, fetch: fetchFromHub() })).rejects.toMatchObject({
    code: 'run.diverged',
    message: expect.stringMatching(/at step \d/),
  });
  expect(existsSync(join(folder, 'diverged'))).toBe(false);
});

test('a run that came to its end is not resumed', async () => {
  await expect(resume(join(folder, 'run'), { listen: () => undefined })).rejects.toMatchObject({
    code: 'run.finished',
  });
});

test('a run that is interrupted while it reads leaves nothing', async () => {
  const signal = AbortSignal.abort();
  const outcome = await train(tiny('reading'), { listen: () => undefined, signal });
  expect(outcome).toEqual({ status: 'interrupted', step: 0 });
  expect(existsSync(join(folder, 'reading'))).toBe(false);
});

test('a run is not resumed on other data', async () => {
  const file = join(folder, 'changing.csv');
  await cp(TRAIN, file);
  const controller = new AbortController();
  const outcome = await train(tiny('changed', { trainFile: file }), {
    listen: ({ type }) => type === 'data.split' && controller.abort(),
    signal: controller.signal,
    fetch: { ...fetchFromHub(), offline: true },
  });
  expect(outcome.status).toBe('interrupted');
  await writeFile(file, 'text,label\nа,б\n');
  await expect(resume(join(folder, 'changed'), { listen: () => undefined })).rejects.toMatchObject({
    code: 'run.data-changed',
  });
});

test('the best is kept when checkpoints are pruned, whatever their limit', async () => {
  for (const saveTotalLimit of [1, 2]) {
    const run = `limit-${saveTotalLimit}`;
    await train(tiny(run, { epochs: 4, saveTotalLimit }), { listen: () => undefined, fetch: fetchFromHub() });
    const { best_global_step: step } = JSON.parse(
      readFileSync(join(folder, run, 'trainer_state.json'), 'utf8'),
    );
    expect(existsSync(join(folder, run, 'best/model.safetensors')), `best at step ${step}`).toBe(true);
    const { tensors } = await readSafetensors(join(folder, run, 'best/model.safetensors'));
    expect(tensors.size).toBeGreaterThan(30);
  }
});
