import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decision } from '../model/decision-schema.ts';
import type { ModelCard } from '../model/model-folder.ts';
import { type Classifier, withCleaning } from './classifier.ts';
import { answerRule, calibrated, decide, uncalibrated } from './decision.ts';

const LABELS = ['обувь', 'одежда', 'посуда'];
const ERRORS = { ece: 0, mce: 0, brier: 0, logLoss: 0 };
const point = (minConfidence: number, coverage: number, precisionLow: number) => ({
  ...{ minConfidence, coverage, precision: precisionLow + 0.02, precisionLow },
});
const DECISION: Decision = {
  temperature: 2,
  minConfidence: 0.6,
  uncertainLabel: 'не уверен',
  measured: {
    ...{ file: 'validation_pred.csv', rows: 100, before: ERRORS, after: ERRORS },
    rejection: [point(0.9, 0.2, 0.97), point(0.7, 0.5, 0.91), point(0.4, 1, 0.7)],
  },
};

describe('decide', () => {
  const P = Float32Array.from([0.5, 0.3, 0.2, 0.1, 0.8, 0.1]);

  test('takes the most probable class, and says whether it is sure enough', () => {
    expect(decide(P, LABELS, { minConfidence: 0.6 })).toEqual([
      { labelId: 0, label: 'обувь', confidence: 0.5, isUncertain: true },
      { labelId: 1, label: 'одежда', confidence: expect.closeTo(0.8, 6), isUncertain: false },
    ]);
  });

  test('class thresholds change the class, and its confidence is still its probability', () => {
    expect(decide(P, LABELS, { classThresholds: [1, 2, 1] })[0]).toEqual({
      ...{ labelId: 1, label: 'одежда', confidence: expect.closeTo(0.3, 6), isUncertain: false },
    });
  });

  test('a higher least confidence never answers more, and nothing is unsure without one', () => {
    const rows = fc.array(fc.tuple(fc.double({ min: 0.01, max: 1, noNaN: true }), fc.nat(2)), {
      minLength: 1,
    });
    const least = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(rows, least, least, (sample, a, b) => {
        const probabilities = Float32Array.from(
          sample.flatMap(([share, id]) => LABELS.map((_, i) => (i === id ? share : (1 - share) / 2))),
        );
        const unsure = (rule: { minConfidence?: number }) =>
          decide(probabilities, LABELS, rule).filter(({ isUncertain }) => isUncertain).length;
        expect(unsure({ minConfidence: Math.max(a, b) })).toBeGreaterThanOrEqual(
          unsure({ minConfidence: Math.min(a, b) }),
        );
        expect(unsure({})).toBe(0);
      }),
    );
  });
});

describe('the rule', () => {
  test('is what is stored, unless a person asks for another', () => {
    expect(answerRule(DECISION)).toEqual({ minConfidence: 0.6, uncertainLabel: 'не уверен' });
    expect(answerRule(DECISION, { minConfidence: 0 }).minConfidence).toBe(0);
    expect(answerRule(DECISION, { targetPrecision: 0.9 }).minConfidence).toBe(0.7);
    expect(answerRule({ ...DECISION, classThresholds: [1, 2, 1] }).classThresholds).toEqual([1, 2, 1]);
  });

  test('answers everything where a model was never calibrated, and knows of no precision then', () => {
    expect(answerRule(undefined)).toEqual({ uncertainLabel: 'не уверен' });
    for (const decision of [undefined, DECISION]) {
      expect(() => answerRule(decision, { targetPrecision: 0.99 })).toThrow(
        expect.objectContaining({ code: 'options.target-precision' }),
      );
    }
  });
});

describe('a classifier', () => {
  const raw = [0.8, 0.1, 0.1];
  const card: ModelCard = {
    ...{ schemaVersion: 1, kind: 'linear', source: 'linear', labels: LABELS },
    ...{
      cleaning: { preset: 'standard' },
      maxLength: 128,
      classCounts: [1, 2, 1],
      metrics: {},
      baseline: {},
    },
    trainedOn: { file: 'train.csv', sha256: '', rows: 4, refitted: false },
    ...{ createdAt: '', otzyvVersion: '0.1.0', decision: DECISION },
  };
  const classifier: Classifier = withCleaning(
    {
      ...{ kind: 'linear', labels: LABELS, maxLength: undefined, dispose: async () => undefined },
      predict: async (texts) => ({
        probabilities: Float32Array.from(texts.flatMap(() => raw)),
        truncated: texts.map(() => false),
      }),
    },
    card,
  );

  test('divides the logits of texts, and leaves empty ones the shares of the classes', async () => {
    const { probabilities } = await calibrated(classifier).predict(['куртка', ' ']);
    const total = raw.reduce((sum, p) => sum + Math.sqrt(p), 0);
    raw.forEach((p, id) => {
      expect(probabilities[id]).toBeCloseTo(Math.sqrt(p) / total, 6);
    });
    expect([...probabilities.subarray(3)]).toEqual([0.25, 0.5, 0.25]);
  });

  test('without calibration answers to the bit as the model does', async () => {
    const bare = uncalibrated(classifier);
    expect(bare.card).not.toHaveProperty('decision');
    expect(calibrated(bare)).toBe(bare);
    const { probabilities } = await bare.predict(['куртка']);
    expect(probabilities).toEqual(Float32Array.from(raw));
  });
});
