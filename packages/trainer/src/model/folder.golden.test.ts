import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadBertModel } from '../inference/bert-model.ts';
import { newTokenizerFiles, writeTokenizerFiles } from '../tokenizer/files.ts';
import { loadTokenizer } from '../tokenizer/load.ts';
import { classifierConfigJson } from './bert-config.ts';

const FOLDER = fileURLToPath(new URL('../../../../test-fixtures/goldens/folder/', import.meta.url));
const text = (name: string) => readFileSync(`${FOLDER}${name}`, 'utf8');
const expected: { labels: string[]; cases: { text: string; ids: number[]; scores: number[] }[] } = JSON.parse(
  text('expected.json'),
);

test('a folder of ours gives in Python the token ids and the scores that it gives here', async () => {
  const model = await loadBertModel(FOLDER, undefined);
  const tokenizer = await loadTokenizer(FOLDER);
  expect(model.labels).toEqual(expected.labels);
  const { probabilities } = await model.predict(expected.cases.map((one) => one.text));
  expected.cases.forEach(({ text, ids, scores }, i) => {
    expect(tokenizer.encode(text, 64).ids, text).toEqual(ids);
    scores.forEach((score, id) => {
      expect(probabilities[i * 3 + id], text).toBeCloseTo(score, 5);
    });
  });
  await model.dispose();
});

test('the files that Python has read are those we write today', async () => {
  const vocabulary = text('vocab.txt').trimEnd().split('\n');
  const files = newTokenizerFiles(vocabulary, { lowercase: true, stripAccents: false, foldYo: true });
  const folder = await mkdtemp(join(tmpdir(), 'otzyv-folder-'));
  await writeTokenizerFiles(files, folder, 64);
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'vocab.txt']) {
    expect(readFileSync(join(folder, name), 'utf8'), name).toBe(text(name));
  }
  await rm(folder, { recursive: true });
  const config = JSON.parse(text('config.json'));
  expect(classifierConfigJson(config, expected.labels)).toEqual(config);
});
