import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { vectorize } from './features.ts';
import { stem } from './stem.ts';
import { type FeatureOptions, learnVocabulary } from './vocabulary.ts';

interface Channel {
  ngram_range: [number, number];
  idf: Record<string, number>;
  /** by text, without zeros */
  vectors: Record<string, number>[];
}

const golden: { texts: string[]; others: string[]; words: Channel; characters: Channel } = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/tfidf.json', import.meta.url), 'utf8'),
);
const { texts, others, words, characters } = golden;

const OPTIONS: FeatureOptions = {
  words: words.ngram_range,
  characters: characters.ngram_range,
  minDocumentFrequency: 2,
  maxFeatures: 10_000,
};
const vocabulary = await learnVocabulary(texts, OPTIONS);
const featureOf = vocabulary.features;

test('the golden has only words that stemming leaves alone', () => {
  for (const word of Object.keys(words.idf).flatMap((feature) => feature.split(' '))) {
    expect(stem(word)).toBe(word);
  }
});

test('the vocabulary and its idf are those of scikit-learn', () => {
  const theirs = { ...prefixed('w', words.idf), ...prefixed('c', characters.idf) };
  expect(featureOf.toSorted()).toEqual(Object.keys(theirs).toSorted());
  featureOf.forEach((feature, column) => {
    expect(vocabulary.idf[column], feature).toBeCloseTo(theirs[feature]!, 5);
  });
});

test('vectors are those of scikit-learn, with characters half as long again as words', () => {
  const { starts, indices, values, columns } = vectorize(others, vocabulary);
  expect(columns).toBe(featureOf.length);
  others.forEach((text, row) => {
    const theirs = { ...prefixed('w', words.vectors[row]!), ...prefixed('c', characters.vectors[row]!, 1.5) };
    const own = [...indices.subarray(starts[row], starts[row + 1])];
    expect(own, text).toEqual(own.toSorted((a, b) => a - b));
    expect(own.map((column) => featureOf[column]).toSorted()).toEqual(Object.keys(theirs).toSorted());
    own.forEach((column, i) => {
      const feature = featureOf[column]!;
      expect(values[starts[row]! + i], `${text}: ${feature}`).toBeCloseTo(theirs[feature]!, 6);
    });
  });
});

test('rare features are left out once there are twice as many texts as they need', async () => {
  const featuresOf = async (sample: string[]) =>
    (await learnVocabulary(sample, { ...OPTIONS, words: [1, 1], characters: [1, 0] })).features;
  expect(await featuresOf(['чек', 'зонт чек', 'шов'])).toEqual(['wзонт', 'wчек', 'wшов']);
  expect(await featuresOf(['чек', 'зонт чек', 'шов', 'нет'])).toEqual(['wчек']);
});

/** Features by the letter that tells the channel. */
function prefixed(channel: 'w' | 'c', features: Record<string, number>, scale = 1): Record<string, number> {
  return Object.fromEntries(
    Object.entries(features).map(([feature, value]) => [channel + feature, scale * value]),
  );
}
