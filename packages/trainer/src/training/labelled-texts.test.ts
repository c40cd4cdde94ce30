/** What the rows of a training file count for, on their way to a model. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadDataset } from './dataset.ts';
import type { LabelledTexts } from './labelled-texts.ts';
import { resolveRunOptions } from './options.ts';

const ROWS = 20;

let folder: string;
let trainFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-weights-'));
  trainFile = join(folder, 'train.csv');
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const how = i >= 16 ? 'typos' : '';
    return `отзыв номер ${i + 1},${i % 2 === 0 ? 'одежда' : 'посуда'},${1 / (i + 1)},${how}`;
  });
  await writeFile(trainFile, ['text,label,trust,synthetic', ...rows, ''].join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

const datasetWith = (more: object) =>
  loadDataset(
    resolveRunOptions({ model: 'linear', trainFile, output: join(folder, 'run'), ...more }),
    () => undefined,
  );

const weightOfRow = ({ rows }: LabelledTexts) => rows.map((row) => 1 / row);

test('every row keeps its weight, whichever side it falls on, whether it was written or made', async () => {
  const { train, everything } = await datasetWith({ weightColumn: 'trust' });
  expect(train.weights).toEqual(weightOfRow(train));
  expect(everything.rows).toHaveLength(ROWS);
  expect(everything.weights).toEqual(weightOfRow(everything));
});

test('without a column of weights there are none', async () => {
  const { train, everything } = await datasetWith({});
  expect([train.weights, everything.weights]).toEqual([undefined, undefined]);
});

test('a validation file needs no weights: where its rows are trained on in the end, each counts for one', async () => {
  const validationFile = join(folder, 'validation.csv');
  await writeFile(validationFile, 'text,label\nчашка,посуда\nкуртка,одежда\n');
  const { validation, everything } = await datasetWith({ weightColumn: 'trust', validationFile });
  expect(validation.weights).toBeUndefined();
  expect(everything.weights).toEqual([...weightOfRow(everything).slice(0, ROWS), 1, 1]);
});
