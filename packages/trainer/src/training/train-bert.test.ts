/** What a BERT's run makes of its options. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collate } from '../data/batches.ts';
import type { LabelledBatch, NamedTensors } from '../engine/engine.ts';
import { writeTinyBert } from '../testing/tiny-bert.ts';
import { createEngine, prepare, tokenize } from './bert-setup.ts';
import { loadDataset } from './dataset.ts';
import type { RunEvent } from './events.ts';
import { type RunOptions, resolveRunOptions } from './options.ts';
import { bertTrainer } from './train-bert.ts';
import type { TrainingTask } from './trainer.ts';

const TRAIN = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-train-bert-'));
  await writeTinyBert(join(folder, 'tiny-bert'));
  const texts = readFileSync(TRAIN, 'utf8').match(/^"[^"]*"(?=,[^",]+$)/gm) ?? [];
  // one row in four is of the second class
  const rows = texts
    .slice(0, 40)
    .map((text, i) => `${text},${i % 4 === 0 ? 'редкий' : 'частый'},${1 / (i + 1)}`);
  await writeFile(join(folder, 'train.csv'), ['text,label,weight', ...rows, ''].join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

/** 32 rows to train on, 8 to validate on. */
async function taskWith(options: Partial<RunOptions> = {}, heard: RunEvent[] = []): Promise<TrainingTask> {
  const resolved = resolveRunOptions({
    model: join(folder, 'tiny-bert'),
    trainFile: join(folder, 'train.csv'),
    output: join(folder, 'run'),
    maxLength: 16,
    dropout: 0,
    batchSize: 8,
    ...options,
  });
  const dataset = await loadDataset(resolved, () => undefined);
  return { options: resolved, dataset, context: { listen: (event) => heard.push(event) } };
}

describe('the engine', () => {
  async function stepWith(options: Partial<RunOptions>, learningRate: number) {
    const task = await taskWith(options);
    const start = await prepare(task);
    const { examples } = tokenize(task.dataset.train, start, task.options.maxLength);
    const chosen = examples.labelIds.map((_, i) => i);
    const batch: LabelledBatch = {
      ...collate(examples.tokenIds, chosen, { padTokenId: start.tokenizer.padTokenId, longest: 16 }),
      labels: BigInt64Array.from(examples.labelIds, BigInt),
      ...(examples.weights && { exampleWeights: Float32Array.from(examples.weights) }),
    };
    const engine = await createEngine(start, task);
    const copied = (tensors: NamedTensors) =>
      new Map([...tensors].map(([name, { data }]) => [name, data.slice()]));
    try {
      const before = copied(start.weights);
      const logits = await engine.logits(batch);
      const { loss } = await engine.trainStep([batch], learningRate);
      return {
        before,
        after: copied((await engine.state()).weights),
        loss,
        logits,
        labelIds: examples.labelIds,
      };
    } finally {
      await engine.dispose();
    }
  }

  test.each([
    ['none', 1, 1],
    ['balanced', 2 / 3, 2],
  ] as const)('weighs the classes as asked: %s', async (classWeights, common, rare) => {
    const { loss, logits, labelIds } = await stepWith({ classWeights }, 0);
    const weights = labelIds.map((id) => [rare, common][id] as number);
    expect(loss).toBeCloseTo(weightedMean(lossesOf(logits, labelIds), weights), 5);
  });

  function lossesOf(logits: Float32Array, labelIds: readonly number[]): number[] {
    return labelIds.map((id, row) => {
      const [chosen, other] = [logits[2 * row + id] as number, logits[2 * row + 1 - id] as number];
      return Math.log(1 + Math.exp(other - chosen));
    });
  }

  function weightedMean(values: readonly number[], weights: readonly number[]): number {
    const total = values.reduce((sum, one, row) => sum + one * (weights[row] as number), 0);
    return total / weights.reduce((sum, weight) => sum + weight, 0);
  }

  test('weighs the rows as their column says', async () => {
    const options = { weightColumn: 'weight', classWeights: 'none' } as const;
    const { train } = (await taskWith(options)).dataset;
    const { loss, logits, labelIds } = await stepWith(options, 0);
    const weights = train.rows.map((row) => 1 / row);
    expect(loss).toBeCloseTo(weightedMean(lossesOf(logits, labelIds), weights), 5);
  });

  test.each([0, 0.5])('lets the weights decay by %f, as asked', async (weightDecay) => {
    const { before, after } = await stepWith({ weightDecay }, 0.1);
    const name = 'bert.embeddings.token_type_embeddings.weight';
    const unused = 32; // no text is a pair: nothing else moves the second type
    const expected = (before.get(name) ?? new Float32Array()).subarray(unused);
    expect(expected.length).toBeGreaterThan(0);
    after
      .get(name)
      ?.subarray(unused)
      .forEach((value, i) => {
        expect(value).toBeCloseTo((expected[i] as number) * (1 - 0.1 * weightDecay), 6);
      });
  });
});

test.each([
  ['one epoch', 4, 5],
  ['an epoch and a half', 6, 8],
])('a refit goes on for as many epochs of all rows as were best: %s', async (_, bestStep, updates) => {
  const heard: RunEvent[] = [];
  const task = await taskWith({ epochs: 3, earlyStoppingPatience: 1 }, heard);
  expect(await bertTrainer.refit(task, bestStep)).toBe('completed');
  const steps = heard.flatMap((event) => (event.type === 'refit.step' ? [event] : []));
  expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: updates }, (_, i) => i + 1));
  expect(steps.slice(0, 5).reduce((sum, { examples }) => sum + examples, 0)).toBe(40);
});
