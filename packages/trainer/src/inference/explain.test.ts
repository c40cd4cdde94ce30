/** Which words an answer hangs on: laws that hold for any classifier, and what a trained one should find. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { trainLinear } from '../linear/model.ts';
import type { ModelCard } from '../model/model-folder.ts';
import { type Classifier, type Model, withCleaning } from './classifier.ts';
import { explain, logOddsFor, occlude } from './explain.ts';
import { linearModel } from './linear-model.ts';

const LABELS = ['обувь', 'одежда', 'посуда'];
const TEXTS = [
  ...['кроссовки жмут', 'ботинки скользят зимой', 'кроссовки удобные', 'туфли натирают', 'ботинки промокли'],
  ...['куртка тёплая', 'платье село', 'куртка мала в плечах', 'платье красивое', 'свитер колется'],
  ...['чайник течёт', 'кружка треснула', 'тарелка с трещиной', 'чайник свистит', 'кружка большая'],
];
const { model } = await trainLinear(
  TEXTS,
  TEXTS.map((_, at) => Math.floor(at / 5)),
  { classes: 3, classWeights: 'none' },
);
const cardOf = (...classCounts: number[]) =>
  ({ cleaning: { preset: 'standard' }, classCounts }) as unknown as ModelCard;
const classifier = withCleaning(linearModel(model, LABELS), cardOf(5, 5, 5));

/** Counts what it is asked; its answer is in the share of texts' letters. */
function counting(): { classifier: Classifier; asked: string[] } {
  const asked: string[] = [];
  const counter: Model = {
    kind: 'linear',
    labels: ['а', 'б'],
    maxLength: undefined,
    predict: async (texts) => {
      asked.push(...texts);
      const shares = texts.map((text) => text.split('а').length / (text.length + 2));
      return {
        probabilities: Float32Array.from(shares.flatMap((share) => [share, 1 - share])),
        truncated: texts.map(() => false),
      };
    },
    dispose: async () => undefined,
  };
  return { classifier: withCleaning(counter, cardOf(1, 1)), asked };
}

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom('куртка', 'жмёт', '8-й', '<b>', 'https://a.ru/x', '👍', ',', 'д’Артаньян', '\u0301'),
    )
    .map((parts) => parts.join(' ')),
);

describe('words and their weights', () => {
  test('stand in the text where they say, in its order, without touching', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, fc.integer({ min: 1, max: 9 }), async (text, mostPieces) => {
        const { pieces, without, whole } = await occlude(classifier, text, { mostPieces });
        expect(pieces.length).toBeLessThanOrEqual(mostPieces);
        expect(without.length).toBe(pieces.length * whole.length);
        let reached = 0;
        for (const { word, start, end } of pieces) {
          expect(text.slice(start, end)).toBe(word);
          expect(start).toBeGreaterThanOrEqual(reached);
          expect(end).toBeGreaterThan(start);
          reached = end;
        }
      }),
      { numRuns: 200 },
    );
  });

  test('over all labels add up to nothing, for probabilities do', async () => {
    const text = 'куртка как чайник, а кроссовки жмут';
    const byLabel = await Promise.all(LABELS.map((label) => explain(classifier, text, { label })));
    byLabel[0]!.forEach(({ word }, at) => {
      expect(
        byLabel.reduce((sum, weights) => sum + weights[at]!.weight, 0),
        word,
      ).toBeCloseTo(0, 6);
    });
  });

  test('a word that the model does not know weighs nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...TEXTS),
        fc.string({ unit: fc.constantFrom('漢', '字', '語'), minLength: 2, maxLength: 8 }),
        async (text, unknown) => {
          const weights = await explain(classifier, `${text} ${unknown}`);
          expect(weights.at(-1)).toMatchObject({ word: unknown });
          expect(weights.at(-1)!.weight).toBeCloseTo(0, 6);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('are greatest for the word that tells', async () => {
    const weights = await explain(classifier, 'Привезли быстро, но чайник — кривой');
    const most = weights.toSorted((a, b) => b.weight - a.weight)[0];
    expect(most).toMatchObject({ word: 'чайник', start: 20, end: 26 });
    expect(most!.weight).toBeGreaterThan(0.1);
    const against = await explain(classifier, 'Привезли быстро, но чайник — кривой', { label: 'обувь' });
    expect(against.find(({ word }) => word === 'чайник')!.weight).toBeLessThan(-0.05);
  });

  test('by odds turn their sign with the two labels, and tell where probabilities are too sure to move', async () => {
    const text = 'чайник течёт, чайник свистит, кружка треснула, тарелка с трещиной';
    const occlusion = await occlude(classifier, text);
    const [dishes, clothes] = [LABELS.indexOf('посуда'), LABELS.indexOf('одежда')];
    const forDishes = logOddsFor(occlusion, dishes, clothes);
    const forClothes = logOddsFor(occlusion, clothes, dishes);
    occlusion.pieces.forEach(({ word }, at) => {
      expect(forDishes[at]! + forClothes[at]!, word).toBeCloseTo(0, 6);
    });
    const factor = Math.exp(forDishes[occlusion.pieces.findIndex(({ word }) => word === 'кружка')]!);
    const odds = (answer: Float32Array) => answer[dishes]! / answer[clothes]!;
    const { probabilities } = await classifier.predict([text, text.replace('кружка', '')]);
    expect(factor).toBeCloseTo(odds(probabilities.subarray(0, 3)) / odds(probabilities.subarray(3)), 4);
    expect(factor).toBeGreaterThan(1.2);
  });

  test('of what the cleaning removes are zero, and nothing is asked about it', async () => {
    const { classifier: counter, asked } = counting();
    const weights = await explain(counter, '<b>куртка</b> https://shop.ru/page мала');
    expect(weights.filter(({ weight }) => weight !== 0).map(({ word }) => word)).toEqual(['куртка', 'мала']);
    expect(asked).toEqual(['куртка мала', 'мала', 'куртка']);
  });

  test('a long text costs no more answers than a short one: neighbours are left out together', async () => {
    const { classifier: counter, asked } = counting();
    const words = Array.from({ length: 1000 }, (_, at) => `слово${at}`);
    const weights = await explain(counter, words.join(' '));
    expect(asked.length).toBeLessThanOrEqual(65);
    expect(weights.map(({ word }) => word).join(' ')).toBe(words.join(' '));
  });

  test('a text without words has none', async () => {
    expect(await explain(classifier, '!!! 👍')).toEqual([]);
    expect(await explain(classifier, '')).toEqual([]);
  });

  test('a label that the classifier does not know is refused', async () => {
    await expect(explain(classifier, 'куртка', { label: 'мебель' })).rejects.toMatchObject({
      code: 'labels.unknown',
    });
  });
});
