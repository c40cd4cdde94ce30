import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trainLinear } from '../linear/model.ts';
import type { ModelCard } from '../model/model-folder.ts';
import { type Classifier, withCleaning } from './classifier.ts';
import { linearModel } from './linear-model.ts';
import { predictFile } from './predict-file.ts';

let folder: string;
let classifier: Classifier;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-predict-'));
  const texts = ['тёплая куртка', 'рукава куртки', 'чайник течёт', 'громкий чайник'];
  const { model } = await trainLinear(texts, [0, 0, 1, 1], { classes: 2, classWeights: 'none' });
  const card: ModelCard = {
    schemaVersion: 1,
    kind: 'linear',
    source: 'linear',
    labels: ['одежда', 'техника'],
    cleaning: { preset: 'standard' },
    maxLength: 128,
    classCounts: [3, 1],
    metrics: {},
    baseline: {},
    trainedOn: { file: 'train.csv', sha256: '', rows: 4, refitted: false },
    createdAt: '',
    otzyvVersion: '0.1.0',
  };
  classifier = withCleaning(linearModel(model, card.labels), card);
});
afterAll(() => rm(folder, { recursive: true }));

async function predict(name: string, content: string, output: string) {
  writeFileSync(join(folder, name), content);
  const paths = { input: join(folder, name), output: join(folder, output) };
  const summary = await predictFile(classifier, { ...paths, textColumn: 'text' });
  return { summary, written: readFileSync(paths.output, 'utf8') };
}

test('JSON lines keep the types of their fields, and get numbers', async () => {
  const row = { id: 1, ok: true, meta: { a: [1] }, none: null, text: 'чайник' };
  const { written } = await predict('a.jsonl', JSON.stringify(row), 'b.jsonl');
  expect(JSON.parse(written)).toEqual({ ...row, label: 'техника', confidence: expect.any(Number) });
});

test('columns keep their order, those that only later rows have too', async () => {
  const { written } = await predict(
    'a.jsonl',
    '{"text":"куртка"}\n{"text":"чайник","2":"x","1":"y"}\n',
    'b.csv',
  );
  expect(written.split('\n')[0]).toBe('text,1,2,label,confidence');
  expect(written.split('\n')[2]).toMatch(/^чайник,y,x,техника,0\.\d{6}$/);
});

test('a text that cleaning leaves nothing of counts as empty, and gets the share of the largest class', async () => {
  const { summary, written } = await predict('a.csv', 'text\nhttps://example.com/a\n" "\nкуртка\n', 'b.csv');
  expect(summary).toMatchObject({ rows: 3, emptyTexts: 2 });
  expect(summary.latency.samples).toBe(1);
  expect(written.split('\n').slice(1, 3)).toEqual([
    'https://example.com/a,одежда,0.750000',
    ' ,одежда,0.750000',
  ]);
});

test('the file that is read is not written over', async () => {
  writeFileSync(join(folder, 'same.csv'), 'text\nкуртка\n');
  const paths = { input: join(folder, 'same.csv'), output: join(folder, '.', 'same.csv') };
  await expect(predictFile(classifier, { ...paths, textColumn: 'text' })).rejects.toMatchObject({
    code: 'options.same-file',
  });
  expect(readFileSync(paths.input, 'utf8')).toBe('text\nкуртка\n');
});
