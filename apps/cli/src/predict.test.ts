/** Predicting and exporting, through the real binary. */
import { readFileSync } from 'node:fs';
import { cp, readdir, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { at, json, LABELLED, otzyv, rowsOf, TEST, TRAIN } from './testing/otzyv.ts';

beforeAll(async () => {
  await otzyv('train', '--train', TRAIN, '--output', 'job');
  await otzyv('train', '--train', LABELLED, '--model', 'micro', '--epochs', '1', '--output', 'micro');
  await otzyv('export', '--model', 'micro', '--output', 'exported');
});

describe('predict', () => {
  test('keeps rows, columns and order, answers empty texts, and does not touch a label that is there', async () => {
    await writeFile(
      at('in.jsonl'),
      '{"id":7,"text":"Пылесос тянет хорошо но шумит","label":"?"}\n{"id":3,"text":"  ","label":""}\n',
    );
    const { code, stdout } = await otzyv(
      'predict',
      '--model',
      'job',
      '--input',
      'in.jsonl',
      '--output',
      'out.csv',
      '--all-scores',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 2, emptyTexts: 1, labelColumn: 'predicted_label' });
    const [kettle, empty] = rowsOf(at('out.csv')) as [Record<string, string>, Record<string, string>];
    expect(kettle).toMatchObject({
      id: '7',
      text: 'Пылесос тянет хорошо но шумит',
      label: '?',
      predicted_label: 'бытовая техника',
    });
    const { labels, classCounts } = json(at('job/best/otzyv.json'));
    const total = classCounts.reduce((sum: number, n: number) => sum + n, 0);
    expect(empty).toMatchObject({
      id: '3',
      predicted_label: labels[classCounts.indexOf(Math.max(...classCounts))],
      confidence: (Math.max(...classCounts) / total).toFixed(6),
    });
    const scores = Object.entries(kettle).filter(([name]) => name.startsWith('score_'));
    expect(scores).toHaveLength(9);
    expect(scores.reduce((sum, [, score]) => sum + Number(score), 0)).toBeCloseTo(1, 4);
  });

  test('export makes a folder that predicts the same', async () => {
    expect(await readdir(at('exported'))).toEqual(
      expect.arrayContaining([
        'README.md',
        'config.json',
        'model.safetensors',
        'onnx',
        'otzyv.json',
        'tokenizer.json',
      ]),
    );
    await otzyv('predict', '--model', 'micro', '--input', TEST, '--output', 'a.csv');
    await otzyv('predict', '--model', 'exported', '--input', TEST, '--output', 'b.csv');
    expect(readFileSync(at('a.csv')).equals(readFileSync(at('b.csv')))).toBe(true);
    expect((await otzyv('export', '--model', 'micro', '--output', 'exported')).code).toBe(2);
  });
});

describe('int8', () => {
  const exporting = (output: string, ...flags: string[]) =>
    otzyv('export', '--model', 'micro', '--output', output, '--quantize', 'int8', ...flags);

  test('is made, measured on what the run held out, and used', async () => {
    const { code, stdout, stderr } = await exporting('small', '--max-f1-drop', '1');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/model_quantized\.onnx/);
    expect(stdout).toMatch(/f1_weighted +float32 +int8 +lost/);
    expect(stdout).toMatch(/of the texts get the same label/);
    const data = ['--input', LABELLED, '--json'];
    const measured = await otzyv('evaluate', '--model', 'small', '--dtype', 'int8', ...data);
    expect(JSON.parse(measured.stdout)).toMatchObject({ rows: 254 });
    const predicted = await otzyv(
      ...['predict', '--model', 'small', '--dtype', 'q8', '--input', TEST, '--output', 'small.csv', '--json'],
    );
    expect(JSON.parse(predicted.stdout)).toMatchObject({ rows: 254 });
  });

  test('a model that loses more than it may is refused with 1, and nothing is written', async () => {
    // nothing may be lost, and more than nothing gained
    const { code, stderr } = await exporting('lossy', '--max-f1-drop', '-1');
    expect(code).toBe(1);
    expect(stderr).toMatch(/weighted F1 \d\.\d{4} becomes \d\.\d{4}/);
    expect(stderr).toMatch(/--max-f1-drop.*--force/);
    await expect(readdir(at('lossy'))).rejects.toThrow();
  });

  test.each([
    ['a linear model', ['export', '--model', 'job', '--output', 'o', '--quantize', 'int8'], /linear model/],
    [
      'a model without texts to measure on',
      ['export', '--model', 'exported', '--output', 'o', '--quantize', 'int8'],
      /--validation-file is missing/,
    ],
    [
      'another dtype',
      ['export', '--model', 'micro', '--output', 'o', '--quantize', 'int4'],
      /no dtype "int4"/,
    ],
    ['--force alone', ['export', '--model', 'micro', '--output', 'o', '--force'], /--quantize/],
    [
      'a folder that has no such file',
      ['predict', '--model', 'micro', '--dtype', 'int8', '--input', TEST, '--output', 'o.csv'],
      /otzyv export --model .* --quantize int8/,
    ],
    [
      'a linear model that is to answer so',
      ['evaluate', '--model', 'job', '--dtype', 'int8', '--input', LABELLED],
      /linear model/,
    ],
  ])('is refused with 2 for %s', async (_, args, message) => {
    const { code, stderr } = await otzyv(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('bench', () => {
  test('measures on what the run held out, remembers the fastest, and changes no answer', async () => {
    await cp(at('micro'), at('tuned'), { recursive: true });
    await otzyv('predict', '--model', 'tuned', '--input', TEST, '--output', 'before.csv');
    const { code, stdout } = await otzyv('bench', '--model', 'tuned', '--rows', '8', '--json');
    expect(code).toBe(0);
    const { best, trials, texts } = JSON.parse(stdout);
    expect(texts).toBe(8);
    expect(trials).toContainEqual(best);
    expect(json(at('tuned/best/tuning.json')).byDtype.float32).toEqual({
      threads: best.threads,
      batchSize: best.batchSize,
    });
    await otzyv('predict', '--model', 'tuned', '--input', TEST, '--output', 'after.csv');
    const labels = (file: string) => rowsOf(at(file)).map(({ label }) => label);
    expect(labels('after.csv')).toEqual(labels('before.csv'));
  });

  test.each([
    ['a linear model', ['--model', 'job'], 'it has no threads or batches to choose'],
    ['a model without texts of its own', ['--model', 'cointegrated/rubert-tiny2'], '--input is missing'],
    ['a file without such a column', ['--model', 'micro', '--text-column', 'review'], 'no column "review"'],
  ])('%s is refused', async (_, flags, message) => {
    const { code, stderr } = await otzyv('bench', ...flags);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
