import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLabelEncoder, labelKey } from '../labels/encoder.ts';
import { balancedClassWeights, clampedClassWeights, classWeights } from '../labels/weights.ts';
import { evaluateProbabilities, type MetricName, majorityBaseline, resolveMetric } from './registry.ts';
import { sklearnReport } from './report.ts';

interface Case {
  name: string;
  truth: number[];
  probabilities: number[][];
  confusion: number[][];
  metrics: Record<MetricName, number>;
  report: Record<string, Record<string, number> | number>;
}

interface Golden {
  labels: string[];
  cases: Case[];
  weights: { counts: number[]; weights: number[] }[];
  encoder: { labels: string[]; classes: string[] };
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/metrics.json', import.meta.url), 'utf8'),
);
const classes = golden.labels.length;

describe('metrics are those of scikit-learn', () => {
  test.each(golden.cases)('$name', ({ truth, probabilities, confusion, metrics, report }) => {
    const ours = evaluateProbabilities(truth, probabilities.flat(), classes);
    expect(ours.confusion).toEqual(confusion);
    for (const [name, value] of Object.entries(metrics)) {
      expect(ours.metrics[name as MetricName], name).toBeCloseTo(value, 8);
    }
    // to eight digits, however small: certain and right answers cost float64's epsilon
    expect(ours.metrics.log_loss / metrics.log_loss).toBeCloseTo(1, 8);
    const keyed = sklearnReport(ours.report, golden.labels) as Case['report'];
    expect(Object.keys(keyed)).toEqual(Object.keys(report));
    for (const [label, scores] of Object.entries(report)) {
      for (const [key, value] of Object.entries(scores)) {
        expect((keyed[label] as Record<string, number>)[key], `${label} ${key}`).toBeCloseTo(value, 8);
      }
    }
  });
});

test('balanced weights are those of scikit-learn', () => {
  for (const { counts, weights } of golden.weights) {
    balancedClassWeights(counts).forEach((weight, id) => {
      expect(weight).toBeCloseTo(weights[id]!, 6);
    });
  }
});

test('clamped weights stay between a half and three, and follow the balanced ones in between', () => {
  expect(clampedClassWeights([2130, 18, 600])).toEqual([0.5, 3, 2748 / 1800]);
});

test('classes weigh as was asked for', () => {
  const counts = [2130, 18, 600];
  expect(classWeights(counts, 'balanced')).toEqual(balancedClassWeights(counts));
  expect(classWeights(counts, 'clamped')).toEqual(clampedClassWeights(counts));
  expect(classWeights(counts, 'none')).toEqual([1, 1, 1]);
});

test('a class without examples weighs nothing, and the others as if it were not there', () => {
  expect(balancedClassWeights([6, 0, 2])).toEqual([8 / 12, 0, 2]);
});

describe('label encoder', () => {
  test('sorts as scikit-learn does', () => {
    expect(createLabelEncoder(golden.encoder.labels).classes).toEqual(golden.encoder.classes);
  });

  test('decode undoes encode', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (labels) => {
        const encoder = createLabelEncoder(labels);
        expect(labels.map((label) => encoder.decode(encoder.encode(label)))).toEqual(labels);
      }),
    );
  });

  test('a label’s key leaves out case, ё and all white space but one between words', () => {
    expect(labelKey(' \tНЕТ \u00a0\n  Тёплого  ')).toBe('нет теплого');
    expect(labelKey('и\u0306од')).toBe('йод');
    expect(labelKey('не тот')).not.toBe(labelKey('нетот'));
  });

  test('an unknown label is named with its row, and with the label it was meant to be', () => {
    const encoder = createLabelEncoder(['обувь', 'одежда']);
    expect(() => encoder.encode('Обувь ', 7)).toThrow(
      expect.objectContaining({
        code: 'labels.unknown',
        message: expect.stringContaining('row 7: unknown label "Обувь "'),
        hint: expect.stringContaining('Did you mean "обувь"?'),
      }),
    );
  });
});

test('every metric lies between 0 and 1, and the perfect answer scores 1', () => {
  const rows = fc.array(
    fc.tuple(
      fc.nat(3),
      fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
    ),
    {
      minLength: 1,
    },
  );
  fc.assert(
    fc.property(rows, (sample) => {
      const truth = sample.map(([label]) => label);
      const { log_loss: _, ...metrics } = evaluateProbabilities(
        truth,
        sample.flatMap(([, p]) => p),
        4,
      ).metrics;
      for (const value of Object.values(metrics)) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }
      const perfect = truth.flatMap((label) => [0, 1, 2, 3].map((id) => (id === label ? 1 : 0)));
      expect(evaluateProbabilities(truth, perfect, 4).metrics.f1_weighted).toBe(1);
    }),
  );
});

test('always answering the largest class scores its share p, and a weighted F1 of 2p² / (1 + p)', () => {
  const { accuracy, f1_weighted, f1_macro } = majorityBaseline([1, 1, 1, 0, 2], 3);
  const p = 3 / 5;
  expect(accuracy).toBeCloseTo(p, 12);
  expect(f1_weighted).toBeCloseTo((2 * p * p) / (1 + p), 12);
  expect(f1_macro).toBeCloseTo((2 * p) / (1 + p) / 3, 12);
});

test('a metric that does not exist is refused with the list of those that do', () => {
  for (const name of ['log_loss', 'eval_log_loss', 'loss', 'eval_loss']) {
    expect(resolveMetric(name)).toEqual({ name: 'log_loss', greaterIsBetter: false });
  }
  expect(() => resolveMetric('f2')).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('f1_weighted') }),
  );
});
