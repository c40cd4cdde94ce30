import { applyTemperature, createRandom, logLoss } from '@otzyv/core';
import { describe, expect, test } from 'vitest';
import { fitDecision } from './fit-decision.ts';

const LABELS = ['обувь', 'одежда', 'посуда'];

/**
 * Labels drawn from probabilities; the model says them `sharpness` times as surely, and holds class 2 down by a factor.
 */
function sampled(rows: number, { sharpness = 1, heldDown = 1 } = {}) {
  const random = createRandom(11, 'decision');
  const probabilities = new Float32Array(rows * 3);
  const labelIds: number[] = [];
  for (let row = 0; row < rows; row++) {
    const weights = LABELS.map(() => Math.exp(1.5 * random.normal()));
    const total = weights.reduce((sum, weight) => sum + weight);
    const drawn = random.uniform() * total;
    const [first, second] = weights as [number, number];
    labelIds.push(drawn < first ? 0 : drawn < first + second ? 1 : 2);
    const said = weights.map((weight, id) => (id === 2 ? weight / heldDown : weight) / total);
    const sum = said.reduce((all, p) => all + p);
    probabilities.set(
      said.map((p) => p / sum),
      row * 3,
    );
  }
  return { labels: LABELS, labelIds, probabilities: applyTemperature(probabilities, 3, 1 / sharpness) };
}

describe('the temperature', () => {
  test('mends a model that is too sure of itself, on rows it was not learned from', () => {
    const { decision, before, after } = fitDecision(sampled(600, { sharpness: 3 }), 'v.csv');
    expect(decision.temperature).toBeGreaterThan(2.3);
    expect(decision.temperature).toBeLessThan(3.7);
    expect(after.ece).toBeLessThan(before.ece / 2);
    expect(decision.measured).toMatchObject({ file: 'v.csv', rows: 600, before: { ece: before.ece } });
    expect(decision.measured.after.logLoss).toBeLessThan(decision.measured.before.logLoss);
    expect(decision.minConfidence).toBeUndefined();
    expect(decision.classThresholds).toBeUndefined();
  });

  test('is 1 where none helps', () => {
    const uniform = { ...sampled(30), probabilities: new Float32Array(90).fill(1 / 3) };
    const { decision, before, after } = fitDecision(uniform, 'v.csv');
    expect(decision.temperature).toBe(1);
    expect(after).toEqual(before);
    expect(decision.measured.after).toEqual(decision.measured.before);
    const calibrated = fitDecision(sampled(4000), 'v.csv').decision;
    expect(Math.abs(calibrated.temperature - 1)).toBeLessThan(0.05);
  });

  test('bears one row, and one class', () => {
    const one = { labels: LABELS, labelIds: [1], probabilities: Float32Array.from([0.2, 0.5, 0.3]) };
    expect(fitDecision(one, 'v.csv', { classThresholds: true }).decision.temperature).toBe(1);
    const sure = { labels: ['всё'], labelIds: [0, 0], probabilities: Float32Array.from([1, 1]) };
    expect(fitDecision(sure, 'v.csv').decision.temperature).toBe(1);
  });
});

describe('class thresholds', () => {
  test('are kept where they raise the weighted F1 of rows they were not learned from', () => {
    const { decision } = fitDecision(sampled(900, { heldDown: 8 }), 'v.csv', { classThresholds: true });
    const { without, with: risen } = decision.measured.classThresholds!.f1Weighted;
    expect(risen).toBeGreaterThan(without + 0.02);
    const [first, , third] = decision.classThresholds!;
    expect(third! / first!).toBeGreaterThan(2);
  });

  test('are not where they only fit the rows at hand, and it says so', () => {
    const { decision } = fitDecision(sampled(300), 'v.csv', { classThresholds: true });
    expect(decision.classThresholds).toBeUndefined();
    expect(decision.measured.classThresholds).toBeDefined();
  });
});

describe('the least confidence', () => {
  test('is the lowest that surely gives the precision asked for, in calibrated confidences', () => {
    const scores = sampled(1200, { sharpness: 3 });
    const { decision } = fitDecision(scores, 'v.csv', { targetPrecision: 0.8 });
    const { minConfidence = 0, measured } = decision;
    const chosen = measured.rejection.find((point) => point.minConfidence === minConfidence);
    expect(measured.targetPrecision).toBe(0.8);
    expect(chosen?.precisionLow).toBeGreaterThanOrEqual(0.8);
    const lower = measured.rejection.filter((point) => point.minConfidence < minConfidence);
    expect(lower.every(({ precisionLow }) => precisionLow < 0.8)).toBe(true);
    const calibrated = applyTemperature(scores.probabilities, 3, decision.temperature);
    const answered = scores.labelIds.flatMap((id, row) => {
      const p = [...calibrated.subarray(row * 3, row * 3 + 3)];
      return Math.max(...p) >= minConfidence ? [p.indexOf(Math.max(...p)) === id] : [];
    });
    expect(answered.filter(Boolean).length / answered.length).toBeCloseTo(chosen!.precision, 12);
    expect(logLoss(scores.labelIds, calibrated, 3)).toBeLessThan(measured.before.logLoss);
  });

  test('may be chosen, and a precision that is out of reach is refused', () => {
    expect(fitDecision(sampled(100), 'v.csv', { minConfidence: 0.7 }).decision.minConfidence).toBe(0.7);
    expect(() => fitDecision(sampled(50), 'v.csv', { targetPrecision: 0.999 })).toThrow(
      expect.objectContaining({ code: 'options.target-precision' }),
    );
  });
});
