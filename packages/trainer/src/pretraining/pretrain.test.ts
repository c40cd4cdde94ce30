/** Pre-training, what it leaves behind, and what is made of that. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOnnxEngine } from '../engine/onnx/onnx-engine.ts';
import { resolveModelFolder } from '../inference/classifier.ts';
import { parseBertConfig } from '../model/bert-config.ts';
import { readSafetensors, type Tensor } from '../model/safetensors.ts';
import { reduceEvents, runStatus } from '../run-state/index.ts';
import { findRuns } from '../runs/find-runs.ts';
import { MASKED_LM_FOLDER } from '../testing/golden-masked-lm.ts';
import { writeTinyBert } from '../testing/tiny-bert.ts';
import { loadTokenizer } from '../tokenizer/load.ts';
import { readTrainerState } from '../training/checkpoint.ts';
import { readEvents } from '../training/event-log.ts';
import type { LoggedEvent, RunEvent } from '../training/events.ts';
import { resolveRunOptions } from '../training/options.ts';
import { decayAfter } from '../training/schedule.ts';
import { train } from '../training/train.ts';
import { type PretrainingOptions, resolvePretrainingOptions } from './options.ts';
import { pretrain, resumePretraining } from './pretrain.ts';

const REVIEWS = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));
const WORDS = 'bert.embeddings.word_embeddings.weight';
const BIAS = 'cls.predictions.bias';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-pretrain-'));
  const rows = readFileSync(REVIEWS, 'utf8')
    .split('\n')
    .filter((line) => /^"[^"]*",[^",]+$/.test(line));
  writeFileSync(at('small.csv'), ['text,label', ...rows.slice(0, 80), ''].join('\n'));
  await writeTinyBert(at('tiny-bert'));
});
afterAll(() => rm(folder, { recursive: true }));

const at = (...parts: string[]) => join(folder, ...parts);
const silent = { listen: () => undefined };
const optionsOf = (output: string, more: Partial<PretrainingOptions> = {}) =>
  resolvePretrainingOptions({
    ...{ model: at('tiny-bert'), trainFiles: [at('small.csv')], output: at(output) },
    ...{ maxLength: 24, epochs: 2, batchSize: 8, learningRate: 1e-3, validationFraction: 0.1 },
    ...{ subwordDropout: 0.2, ...more },
  });
const tensorsOf = async (run: string) => (await readSafetensors(at(run, 'best/model.safetensors'))).tensors;
const configOf = (run: string) => JSON.parse(readFileSync(at(run, 'best/config.json'), 'utf8'));

/** Until `stops` says so of an event. */
async function interrupted(options: PretrainingOptions, stops: (event: RunEvent) => boolean) {
  const controller = new AbortController();
  return pretrain(options, {
    signal: controller.signal,
    listen: (event) => {
      if (stops(event)) controller.abort();
    },
  });
}

test('the folder is that of a BertForMaskedLM, measured, and told of as every run', async () => {
  const outcome = await pretrain(optionsOf('whole'), silent);
  if (outcome.status === 'interrupted') throw new Error('nobody interrupted it');
  expect(outcome.metrics.perplexity).toBeCloseTo(Math.exp(outcome.metrics.loss), 10);
  expect(configOf('whole')).toMatchObject({ architectures: ['BertForMaskedLM'], tie_word_embeddings: true });
  const names = [...(await tensorsOf('whole')).keys()];
  expect(names).toContain(BIAS);
  expect(names.filter((name) => name.startsWith('cls.predictions.decoder'))).toEqual([]); // tied
  const results = JSON.parse(readFileSync(at('whole/eval_results.json'), 'utf8'));
  expect(results).toMatchObject({
    eval_loss: outcome.metrics.loss,
    eval_samples: 8,
    baseline: outcome.baseline,
  });

  const events: LoggedEvent[] = [];
  for await (const event of readEvents(at('whole'))) events.push(event);
  const types = events.map(({ type }) => type);
  for (const type of ['run.started', 'data.gathered', 'step', 'eval', 'checkpoint', 'run.finished'])
    expect(types).toContain(type);
  // 18 steps are too few
  expect(events.filter(({ type }) => type === 'warning')).toMatchObject([
    { message: expect.stringContaining('little more than how frequent tokens are') },
  ]);
  expect((await findRuns(folder)).map(({ id }) => id)).toContain('whole');
  const state = reduceEvents(events);
  expect(runStatus(state, null)).toBe('finished');
  expect(state).toMatchObject({ step: 18, totalSteps: 18, best: { metrics: outcome.metrics } });
  expect(state.options).toMatchObject({ metric: 'loss', greaterIsBetter: false, mlmProbability: 0.15 });
});

test('it learns: the loss on texts held out falls below that of frequency alone', async () => {
  const texts = Array.from(
    { length: 60 },
    (_, i) => `чайник греет воду быстро ${i % 2 === 0 ? 'да' : 'нет'} ${i}`,
  );
  await writeFile(at('alike.csv'), ['text', ...texts, ''].join('\n'));
  const told: string[] = [];
  const outcome = await pretrain(
    optionsOf('learned', { trainFiles: [at('alike.csv')], epochs: 30, learningRate: 3e-3 }),
    { listen: ({ type }) => void told.push(type) },
  );
  expect(told).not.toContain('warning');
  if (outcome.status === 'interrupted') throw new Error('nobody interrupted it');
  expect(outcome.metrics.perplexity).toBeLessThan(outcome.baseline.perplexity / 2);
});

test('micro learns its vocabulary from the texts, and is trained over all of it', async () => {
  const events: RunEvent[] = [];
  const listen = (event: RunEvent) => void events.push(event);
  await pretrain(optionsOf('micro', { model: 'micro', epochs: 1 }), { listen });
  const tensors = await tensorsOf('micro');
  const vocabulary = configOf('micro').vocab_size;
  expect(tensors.get(WORDS)?.shape).toEqual([vocabulary, 256]);
  // AdamW moves every bias that has a gradient: over the whole vocabulary, each has one
  expect(tensors.get(BIAS)?.data.every((bias) => bias !== 0)).toBe(true);
  expect((await loadTokenizer(at('micro/best'))).vocabularySize).toBe(vocabulary);
  expect(events.find(({ type }) => type === 'model.ready')).toMatchObject({ newWeights: [] });
});

describe('of a model that exists', () => {
  test('the rows that no text uses only decay, their biases stay, and the head goes on', async () => {
    const options = optionsOf('rows', {
      ...{ model: MASKED_LM_FOLDER, epochs: 1, weightDecay: 0.5, subwordDropout: 0 },
    });
    const events: RunEvent[] = [];
    await pretrain(
      { ...options, trainFiles: [at('alike.csv')] },
      { listen: (event) => void events.push(event) },
    );
    expect(events.find(({ type }) => type === 'model.ready')).toMatchObject({ newWeights: [] });
    const [before, after] = [
      (await readSafetensors(`${MASKED_LM_FOLDER}model.safetensors`)).tensors,
      await tensorsOf('rows'),
    ];
    const { best_global_step: step, max_steps: total } = await readTrainerState(at('rows'));
    const decay = decayAfter(step as number, total, options);
    expect(decay).toBeLessThan(1);
    const tokenizer = await loadTokenizer(MASKED_LM_FOLDER);
    const texts = readFileSync(at('alike.csv'), 'utf8').trimEnd().split('\n').slice(1);
    const used = new Set([4, 0, ...texts.flatMap((text) => tokenizer.encode(text, 24).ids)]);
    const [rows, width] = (before.get(WORDS) as Tensor).shape as [number, number];
    const row = (tensors: typeof before, name: string, id: number, size: number) => [
      ...(tensors.get(name)?.data.subarray(id * size, (id + 1) * size) ?? []),
    ];
    const unused = Array.from({ length: rows }, (_, id) => id).filter((id) => !used.has(id));
    expect(unused.length).toBeGreaterThan(100);
    for (const id of unused) {
      const decayed = row(before, WORDS, id, width).map((value) => Math.fround(value * decay));
      expect(row(after, WORDS, id, width)).toEqual(decayed);
      expect(row(after, BIAS, id, 1)).toEqual(row(before, BIAS, id, 1));
    }
    for (const id of used)
      if (id !== 0) expect(row(after, BIAS, id, 1)).not.toEqual(row(before, BIAS, id, 1));
  });

  test('a pooler, which is not trained, is in what is saved; a head that is not there begins at random', async () => {
    const events: RunEvent[] = [];
    await pretrain(optionsOf('pooler', { epochs: 1 }), { listen: (event) => void events.push(event) });
    const pooler = (await readSafetensors(at('tiny-bert/model.safetensors'))).tensors.get(
      'pooler.dense.weight',
    );
    expect((await tensorsOf('pooler')).get('bert.pooler.dense.weight')).toEqual(pooler);
    const ready = events.find((event) => event.type === 'model.ready');
    expect(ready?.newWeights.every((name) => name.startsWith('cls.predictions.'))).toBe(true);
    expect(ready?.newWeights).toHaveLength(5);
  });

  test('one whose tokenizer has no mask is refused', async () => {
    await writeTinyBert(at('no-mask'));
    const vocabulary = readFileSync(at('no-mask/vocab.txt'), 'utf8').replace('[MASK]', '[GONE]');
    await writeFile(at('no-mask/vocab.txt'), vocabulary);
    await expect(pretrain(optionsOf('never', { model: at('no-mask') }), silent)).rejects.toMatchObject({
      code: 'model.no-mask-token',
    });
  });
});

test('what was saved gives, loaded again, the loss that was measured', async () => {
  const config = parseBertConfig(configOf('whole'), 'config.json');
  const engine = createOnnxEngine({
    ...{ config, weights: await tensorsOf('whole'), objective: { kind: 'masked-lm' } },
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
    ...{ maxGradNorm: 1, seed: 1 },
  });
  const { ids } = (await loadTokenizer(at('whole/best'))).encode('Куртка теплая', 24);
  const batch = {
    ...{ batch: 1, time: ids.length, inputIds: BigInt64Array.from(ids, BigInt) },
    attentionMask: new BigInt64Array(ids.length).fill(1n),
    tokenTypeIds: new BigInt64Array(ids.length),
    positions: BigInt64Array.of(1n),
  };
  const logits = await engine.logits(batch);
  expect(logits).toHaveLength(config.vocabularySize);
  expect(logits.every(Number.isFinite)).toBe(true);
  await engine.dispose();
});

describe('a run that is interrupted goes on as if it had not been', () => {
  const files = ['best/model.safetensors', 'best/config.json', 'best/tokenizer.json', 'eval_results.json'];
  const contents = (run: string) => files.map((file) => readFileSync(at(run, file)));

  test.each([
    ['in the middle of an epoch', (event: RunEvent) => event.type === 'step' && event.step === 5],
    ['after an evaluation', (event: RunEvent) => event.type === 'eval'],
  ])('%s', async (when, stops) => {
    const run = `broken ${when}`;
    expect(await interrupted(optionsOf(run), stops)).toMatchObject({ status: 'interrupted' });
    const outcome = await resumePretraining(at(run), silent);
    expect(outcome.status).toBe('completed');
    expect(contents(run)).toEqual(contents('whole'));
    const log = async (of: string) => (await readTrainerState(at(of))).log_history;
    expect(await log(run)).toEqual(await log('whole'));
  });

  test('on the other engine, if that is asked for', async () => {
    await interrupted(
      optionsOf('moved', { epochs: 1 }),
      (event) => event.type === 'step' && event.step === 3,
    );
    const outcome = await resumePretraining(at('moved'), silent, { engine: 'tfjs' });
    expect(outcome.status).toBe('completed');
  });

  test('but not with other texts, and not when it is over', async () => {
    await expect(resumePretraining(at('whole'), silent)).rejects.toMatchObject({ code: 'run.finished' });
    await writeFile(at('changing.csv'), readFileSync(at('small.csv')));
    const options = optionsOf('changed', { trainFiles: [at('changing.csv')] });
    await interrupted(options, (event) => event.type === 'step');
    await writeFile(at('changing.csv'), 'text\nдругой\nсовсем другой\n');
    await expect(resumePretraining(at('changed'), silent)).rejects.toMatchObject({
      code: 'run.data-changed',
    });
    await expect(resumePretraining(at('tiny-bert'), silent)).rejects.toMatchObject({ code: 'run.not-a-run' });
  });
});

test('a run on tfjs has the losses of one on ONNX Runtime, dropout included', async () => {
  const losses: number[][] = [];
  for (const engine of ['onnx', 'tfjs'] as const) {
    const steps: number[] = [];
    await pretrain(optionsOf(engine, { engine, epochs: 1 }), {
      listen: (event) => void (event.type === 'step' && steps.push(event.loss)),
    });
    losses.push(steps);
  }
  const [onnx, tfjs] = losses as [number[], number[]];
  expect(onnx).toHaveLength(9);
  tfjs.forEach((loss, step) => {
    expect(loss).toBeCloseTo(onnx[step] as number, 4);
  });
});

test('a folder that holds one is not written over, unless that is asked for', async () => {
  await expect(pretrain(optionsOf('whole'), silent)).rejects.toMatchObject({ code: 'run.exists' });
  await expect(
    train(resolveRunOptions({ model: 'linear', trainFile: at('small.csv'), output: at('whole') }), silent, {
      overwrite: true,
    }),
  ).rejects.toMatchObject({ code: 'run.exists' }); // it is another's work
  const outcome = await pretrain(optionsOf('pooler', { epochs: 1, seed: 7 }), silent, { overwrite: true });
  expect(outcome.status).toBe('completed');
});

test('fine-tuning begins with the encoder and the tokenizer of it, and with a new head', async () => {
  const events: RunEvent[] = [];
  const options = resolveRunOptions({
    ...{ model: at('micro'), trainFile: at('small.csv'), output: at('tuned'), maxLength: 24 },
    ...{ epochs: 1, learningRate: 1e-30, weightDecay: 0 },
  });
  expect((await train(options, { listen: (event) => void events.push(event) })).status).toBe('completed');
  expect(await resolveModelFolder(at('micro'), {})).toBe(at('micro/best'));
  const ready = events.find((event) => event.type === 'model.ready');
  expect(ready?.newWeights.toSorted()).toEqual([
    ...['bert.pooler.dense.bias', 'bert.pooler.dense.weight', 'classifier.bias', 'classifier.weight'],
  ]);
  const [before, after] = [await tensorsOf('micro'), await tensorsOf('tuned')];
  expect(after.get('bert.encoder.layer.0.attention.self.query.weight')).toEqual(
    before.get('bert.encoder.layer.0.attention.self.query.weight'),
  );
  expect([...after.keys()].filter((name) => name.startsWith('cls.'))).toEqual([]);
  expect(configOf('tuned')).toMatchObject({ architectures: ['BertForSequenceClassification'] });
});
