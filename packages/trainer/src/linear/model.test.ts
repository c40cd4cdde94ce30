import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { vectorize } from './features.ts';
import { objective } from './logistic-regression.ts';
import { LINEAR_FEATURES, predictLinear, trainLinear } from './model.ts';
import { stem } from './stem.ts';
import { loadLinear, saveLinear } from './store.ts';
import { learnVocabulary } from './vocabulary.ts';

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

test('features are stems, their pairs, and characters within words', async () => {
  const options = { ...LINEAR_FEATURES, characters: [2, 3], minDocumentFrequency: 1 } as const;
  const { features } = await learnVocabulary(['Ёлка в лесу'], options);
  expect(features.filter((feature) => feature.startsWith('w'))).toEqual(['wелка', 'wелка лесу', 'wлесу']);
  expect(features.filter((feature) => feature.startsWith('c'))).toEqual(
    ['c е', 'cел', 'cлк', 'cка', 'cа ', 'c ел', 'cелк', 'cлка', 'cка ', 'c в', 'cв ', 'c в ']
      .concat(['c л', 'cле', 'cес', 'cсу', 'cу ', 'c ле', 'cлес', 'cесу', 'cсу '])
      .sort(),
  );
});

test('a character beyond the basic plane is one, and a word shorter than any n-gram counts whole', async () => {
  const options = { ...LINEAR_FEATURES, words: [1, 0], characters: [4, 5], minDocumentFrequency: 1 } as const;
  const { features } = await learnVocabulary(['𝓪𝓫 в'], options);
  expect(features).toEqual(['c в ', 'c 𝓪𝓫 ']);
});

test('a word’s forms share a stem, short words are left alone', () => {
  expect(['куртка', 'куртку', 'курткой', 'куртками'].map(stem)).toEqual(['куртк', 'куртк', 'куртк', 'куртк']);
  expect(['дом', 'шуба', 'the'].map(stem)).toEqual(['дом', 'шуба', 'the']);
});

test('of too many features the most frequent are kept', async () => {
  const texts = ['кот пёс', 'кот пёс', 'кот уж', 'лис'];
  const words = { ...LINEAR_FEATURES, words: [1, 1], characters: [1, 0], minDocumentFrequency: 1 } as const;
  const kept = async (maxFeatures: number) =>
    (await learnVocabulary(texts, { ...words, maxFeatures })).features;
  expect(await kept(1)).toEqual(['wкот']);
  expect(await kept(2)).toEqual(['wкот', 'wпес']);
  expect(await kept(9)).toEqual(['wкот', 'wлис', 'wпес', 'wуж']);
});

test('while too many features are counted, the rarest are forgotten and the frequent keep their counts', async () => {
  const texts = Array.from({ length: 400 }, (_, i) => `куртка греет слово${i} и ${'абвгд'[i % 5]}${i}`);
  const options = { ...LINEAR_FEATURES, minDocumentFrequency: 100 };
  const all = await learnVocabulary(texts, options);
  const bounded = await learnVocabulary(texts, options, undefined, 700);
  expect(all.features).toContain('wкуртк греет');
  expect(bounded).toEqual(all);
});

test('each channel of a vector has its own length, whatever the text', async () => {
  const vocabulary = await learnVocabulary(TEXTS, LINEAR_FEATURES);
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
    const task = { blocks: [rows], labels, classes: 2, classWeights: weights, C: 5 };
    const { gradient } = await objective(task, Float64Array.from(model.parameters));
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-2);
  },
);

test('rows that weigh more pull more, and balanced classes are balanced by what their rows weigh', async () => {
  const texts = [...TEXTS, ...TEXTS];
  const labels = texts.map((_, i) => i % 2);
  const exampleWeights = texts.map((_, i) => (i % 2 === 0 ? 0.5 : 1 + (i % 3)));
  const options = { classes: 2, classWeights: 'balanced', exampleWeights } as const;
  const { model } = await trainLinear(texts, labels, options);
  const sum = (id: number) => exampleWeights.reduce((all, one, i) => all + (labels[i] === id ? one : 0), 0);
  const weights = [0, 1].map((id) => (sum(0) + sum(1)) / (2 * sum(id)));
  const blocks = [vectorize(texts, model.vocabulary)];
  const task = { ...{ blocks, labels, exampleWeights }, classes: 2, classWeights: weights, C: 5 };
  const { gradient } = await objective(task, Float64Array.from(model.parameters));
  expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-2);
});

test('a fit whose time is over ends at once, unconverged; one that is aborted is given up', async () => {
  const options = { classes: 2, classWeights: 'none' } as const;
  expect(await trainLinear(TEXTS, LABELS, { ...options, deadline: AbortSignal.abort() })).toMatchObject({
    iterations: 1,
    isConverged: false,
  });
  const stopped = new Error('stopped');
  await expect(trainLinear(TEXTS, LABELS, { ...options, signal: AbortSignal.abort(stopped) })).rejects.toBe(
    stopped,
  );
});

test.each(['vocabulary', 'vectors', 'fit'] as const)(
  'many texts are worked on with breaks, in which it tells how far it is and can be stopped: %s',
  async (when) => {
    const texts = Array.from({ length: 5000 }, (_, i) => TEXTS[i % TEXTS.length] as string);
    const labels = texts.map((_, i) => LABELS[i % LABELS.length] as number);
    const controller = new AbortController();
    const told: string[] = [];
    const stopAt = (stage: string) => {
      // a timer, as a signal of the system: it is heard only if the loops let go
      if (stage === when && !told.includes(when)) setTimeout(() => controller.abort(new Error('stopped')));
      told.push(stage);
    };
    const training = trainLinear(texts, labels, {
      ...{ classes: 2, classWeights: 'none', signal: controller.signal },
      onFeatures: ({ stage, done, total }) => {
        expect(done).toBeLessThanOrEqual(total);
        stopAt(stage);
      },
      onIteration: () => stopAt('fit'),
    });
    await expect(training).rejects.toThrow('stopped');
    expect(told.at(-1)).toBe(when);
  },
);

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
