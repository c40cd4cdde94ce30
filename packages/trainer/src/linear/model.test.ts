import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { featuresOf, learnVocabulary, vectorize } from './features.ts';
import { objective } from './logistic-regression.ts';
import { LINEAR_FEATURES, predictLinear, trainLinear } from './model.ts';
import { stem } from './stem.ts';
import { loadLinear, saveLinear } from './store.ts';

const TEXTS = [
  'куртка тёплая, рукава длинные',
  'куртку взяла на осень, греет',
  'платье село отлично',
  'чайник гудит и течёт',
  'чайник закипает быстро',
  'утюг не греет совсем',
];
const LABELS = [0, 0, 0, 1, 1, 1];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-linear-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('features are stems, their pairs, and characters within words', () => {
  const features = [...featuresOf('Ёлка в лесу', { ...LINEAR_FEATURES, characters: [2, 3] })];
  expect(features.filter((feature) => feature.startsWith('w'))).toEqual(['wелка', 'wлесу', 'wелка лесу']);
  expect(features.filter((feature) => feature.startsWith('c')).slice(0, 10)).toEqual([
    'c е',
    'cел',
    'cлк',
    'cка',
    'cа ',
    'c ел',
    'cелк',
    'cлка',
    'cка ',
    'c в',
  ]);
});

test('a word’s forms share a stem, short words are left alone', () => {
  expect(['куртка', 'куртку', 'курткой', 'куртками'].map(stem)).toEqual(['куртк', 'куртк', 'куртк', 'куртк']);
  expect(['дом', 'шуба', 'the'].map(stem)).toEqual(['дом', 'шуба', 'the']);
});

test('of too many features the most frequent are kept', () => {
  const texts = ['кот пёс', 'кот пёс', 'кот уж', 'лис'];
  const words = { ...LINEAR_FEATURES, words: [1, 1], characters: [1, 0], minDocumentFrequency: 1 } as const;
  const kept = (maxFeatures: number) => [...learnVocabulary(texts, { ...words, maxFeatures }).columns.keys()];
  expect(kept(1)).toEqual(['wкот']);
  expect(kept(2)).toEqual(['wкот', 'wпес']);
  expect(kept(9)).toEqual(['wкот', 'wлис', 'wпес', 'wуж']);
});

test('each channel of a vector has its own length, whatever the text', () => {
  const vocabulary = learnVocabulary(TEXTS, LINEAR_FEATURES);
  const { starts, values } = vectorize(['куртка чайник чайник'], vocabulary);
  const squares = values.subarray(starts[0], starts[1]).reduce((sum, value) => sum + value ** 2, 0);
  expect(squares).toBeCloseTo(1 + 1.5 ** 2, 5);
});

test('it learns, and what is saved answers the same', async () => {
  const { model, isConverged } = await trainLinear(TEXTS, LABELS, { classes: 2, classWeights: 'clamped' });
  expect(isConverged).toBe(true);
  const unseen = ['куртки и платья', 'новый чайник', 'неизвестное слово', ''];
  const probabilities = predictLinear(model, unseen);
  expect(probabilities[0]).toBeGreaterThan(0.5);
  expect(probabilities[3]).toBeGreaterThan(0.5);
  await saveLinear(model, folder);
  expect(predictLinear(await loadLinear(folder), unseen)).toEqual(probabilities);
  expect(await readdir(folder)).toEqual(['linear.json', 'model.safetensors']);
});

test.each([
  ['none', [1, 1]],
  ['clamped', [6 / 11, 3]],
  ['balanced', [6 / 11, 6]],
] as const)(
  'the fit is the minimum for C = 5 and classes weighed as asked: %s',
  async (weighting, weights) => {
    const texts = [...TEXTS, ...TEXTS];
    const labels = texts.map((_, i) => (i === 3 ? 1 : 0));
    const { model } = await trainLinear(texts, labels, { classes: 2, classWeights: weighting });
    const rows = vectorize(texts, model.vocabulary);
    const task = { rows, labels, classes: 2, classWeights: weights, C: 5 };
    const { gradient } = objective(task, Float64Array.from(model.parameters));
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-2);
  },
);

test('a fit that is aborted ends at once, unconverged', async () => {
  const options = { classes: 2, classWeights: 'none', signal: AbortSignal.abort() } as const;
  expect(await trainLinear(TEXTS, LABELS, options)).toMatchObject({ iterations: 1, isConverged: false });
});

test('a class with one example, or with none, breaks nothing', async () => {
  const { model } = await trainLinear(TEXTS, [0, 0, 0, 0, 0, 1], { classes: 3, classWeights: 'clamped' });
  const probabilities = predictLinear(model, ['утюг']);
  expect(probabilities[1]).toBeGreaterThan(probabilities[2]!);
  expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
});

test('files that do not belong together are refused', async () => {
  const { model } = await trainLinear(TEXTS, LABELS, { classes: 2, classWeights: 'none' });
  await saveLinear(model, folder);
  await writeFile(
    join(folder, 'linear.json'),
    JSON.stringify({ schemaVersion: 1, classes: 2, options: LINEAR_FEATURES, features: ['wодно'] }),
  );
  await expect(loadLinear(folder)).rejects.toMatchObject({ code: 'model.broken-linear' });
});
