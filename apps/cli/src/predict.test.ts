/** Predicting and exporting, through the real binary. */
import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, json, LABELLED, otzyv, removeFolder, rowsOf, TEST, TRAIN } from './testing/otzyv.ts';

afterAll(removeFolder);

beforeAll(async () => {
  await otzyv('train', '--train', TRAIN, '--output', 'job');
  await otzyv('train', '--train', LABELLED, '--model', 'micro', '--epochs', '1', '--output', 'micro');
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
    expect((await otzyv('export', '--model', 'micro', '--output', 'exported')).code).toBe(0);
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
