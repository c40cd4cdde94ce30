import { evaluateProbabilities } from '@otzyv/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluationDetails } from './evaluation-details.ts';

function detailsOf(labels: string[], labelIds: number[], probabilities: Float32Array, originals?: string[]) {
  const result = { labels, ...evaluateProbabilities(labelIds, probabilities, labels.length) };
  const texts = originals ?? labelIds.map((_, row) => `text ${row}`);
  return { result, details: evaluationDetails({ ...result, probabilities }, { originals: texts, labelIds }) };
}

test('scores and confusions are those of the evaluation, and the hardest come first', () => {
  const probabilities = Float32Array.of(0.75, 0.25, 0.5, 0.5, 0.125, 0.875, 0.0625, 0.9375);
  const { result, details } = detailsOf(['а', 'б'], [0, 0, 0, 1], probabilities);
  expect(details.confusion).toEqual(result.confusion);
  expect(details.perClass).toEqual([
    { label: 'а', ...result.report.classes[0] },
    { label: 'б', ...result.report.classes[1] },
  ]);
  expect(details.hardest).toEqual([
    { text: 'text 2', truth: 'а', predicted: 'б', confidence: 0.875 },
    { text: 'text 1', truth: 'а', predicted: 'а', confidence: 0.5 },
    { text: 'text 0', truth: 'а', predicted: 'а', confidence: 0.75 },
    { text: 'text 3', truth: 'б', predicted: 'б', confidence: 0.9375 },
  ]);
});

test('the hardest are the first of all, sorted by the probability of their truth', () => {
  const rows = fc.array(fc.tuple(fc.nat(1), fc.integer({ min: 0, max: 64 })), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(rows, (made) => {
      const labelIds = made.map(([id]) => id);
      const probabilities = Float32Array.from(made.flatMap(([, n]) => [n / 64, 1 - n / 64]));
      const { details } = detailsOf(['а', 'б'], labelIds, probabilities);
      const sorted = made
        .map(([id, n], row) => ({ row, likelihood: id === 0 ? n / 64 : 1 - n / 64 }))
        .sort((a, b) => a.likelihood - b.likelihood || a.row - b.row);
      expect(details.hardest.map(({ text }) => text)).toEqual(
        sorted.slice(0, 10).map(({ row }) => `text ${row}`),
      );
    }),
    { numRuns: 40 },
  );
});

test('of very many classes and very long texts it stays small: the largest classes are told of', () => {
  const classes = 300;
  const labelIds = Array.from({ length: classes }, (_, id) => [
    id,
    ...(id % 10 === 0 ? [id, id] : []),
  ]).flat();
  const probabilities = new Float32Array(labelIds.length * classes).fill(1 / classes);
  const labels = Array.from({ length: classes }, (_, id) => String(id).padStart(3, '0'));
  const texts = labelIds.map(() => '😀я'.repeat(5000));
  const { details } = detailsOf(labels, labelIds, probabilities, texts);
  expect(details.perClass).toHaveLength(64);
  const told = details.perClass.map(({ label }) => label);
  expect(told).toEqual(told.toSorted());
  expect(details.perClass.filter(({ support }) => support === 3)).toHaveLength(30);
  expect(details.confusion.map((row) => row.length)).toEqual(Array(64).fill(64));
  expect(details.hardest.map(({ text }) => text)).toEqual(Array(10).fill('😀я'.repeat(100)));
  expect(JSON.stringify(details).length).toBeLessThan(30_000);
});
