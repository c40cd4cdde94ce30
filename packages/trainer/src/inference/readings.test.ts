/** What a model took in of a text, and how much of it it had never seen. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTinyClassifier } from '../testing/tiny-bert.ts';
import { loadTokenizer } from '../tokenizer/load.ts';
import { resolveRunOptions } from '../training/options.ts';
import { train } from '../training/train.ts';
import { loadClassifier } from './classifier.ts';
import { writeEnsemble } from './ensemble-folder.ts';

const REVIEWS = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));
const TEXTS = ['Куртка тёплая, 𓀀 но рукава короткие', 'Абракадаврик кракозяброванный', ''];

const folder = mkdtempSync(join(tmpdir(), 'otzyv-readings-'));
const at = (name: string) => join(folder, name);
const readingsOf = async (path: string, texts = TEXTS) => {
  const classifier = await loadClassifier(path);
  const { readings } = await classifier.predict(texts);
  await classifier.dispose();
  return readings;
};
beforeAll(async () => {
  const options = resolveRunOptions({ model: 'linear', trainFile: REVIEWS, output: at('linear') });
  await train(options, { listen: () => undefined });
  const { labels } = await loadClassifier(at('linear'));
  await writeTinyClassifier(at('tiny'), [...labels]);
  await writeEnsemble(at('both'), {
    members: [
      { folder: at('linear'), weight: 1 },
      { folder: at('tiny'), weight: 1 },
    ],
  });
});
afterAll(() => rm(folder, { recursive: true }));

test('a linear model reads words, of which it does not know those that no feature has', async () => {
  const [known, made, empty] = (await readingsOf(at('linear'))) ?? [];
  expect(known?.tokens).toBe(5);
  expect(known?.unknown).toBeLessThan(3);
  expect(made).toEqual({ tokens: 2, unknown: 2 });
  expect(empty).toEqual({ tokens: 0, unknown: 0 });
});

test('a BERT reads the tokens it is given, of which it does not know [UNK]', async () => {
  const tokenizer = await loadTokenizer(at('tiny'));
  const readings = await readingsOf(at('tiny'));
  TEXTS.forEach((text, i) => {
    const { ids } = tokenizer.encode(text, 512);
    const unknown = ids.filter((id) => id === tokenizer.unknownTokenId).length;
    expect(readings?.[i]).toEqual(text === '' ? { tokens: 0, unknown: 0 } : { tokens: ids.length, unknown });
  });
  expect(readings?.[0]?.unknown).toBeGreaterThan(0);
});

test('an ensemble reads what its members read', async () => {
  const [own, ...others] = [
    await readingsOf(at('both')),
    await readingsOf(at('linear')),
    await readingsOf(at('tiny')),
  ];
  TEXTS.forEach((_, i) => {
    const sum = (key: 'tokens' | 'unknown') =>
      others.reduce((total, each) => total + (each?.[i]?.[key] ?? 0), 0);
    expect(own?.[i]).toEqual({ tokens: sum('tokens'), unknown: sum('unknown') });
  });
});
