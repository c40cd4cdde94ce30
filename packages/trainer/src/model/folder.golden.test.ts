import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadBertModel } from '../inference/bert-model.ts';
import { loadTokenizer } from '../tokenizer/load.ts';
import { tokenizerFiles } from '../tokenizer/tokenizer-json.ts';
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

test('the files that Python has read are those we write today', () => {
  const vocabulary = text('vocab.txt').trimEnd().split('\n');
  const files = tokenizerFiles(vocabulary, {
    lowercase: true,
    stripAccents: false,
    foldYo: true,
    maxLength: 64,
  });
  for (const [name, content] of Object.entries(files)) expect(content, name).toBe(text(name));
  const config = JSON.parse(text('config.json'));
  expect(classifierConfigJson(config, expected.labels)).toEqual(config);
});
