import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { arrayOps, ndArray } from '../ops/array-ops.ts';
import { classificationLoss, type LossSpec } from './classification.ts';

interface Golden {
  logits: number[][];
  labels: number[];
  weights: number[];
  cases: Case[];
  example_weights: number[];
  example_cases: Case[];
}

interface Case {
  spec: LossSpec;
  weighted: boolean;
  loss: number;
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../../../../test-fixtures/goldens/losses.json', import.meta.url), 'utf8'),
);
const classes = golden.weights.length;
const logits = ndArray([golden.labels.length, classes], golden.logits.flat());
const labels = ndArray([golden.labels.length], golden.labels);
const weights = ndArray([classes], golden.weights);

test.each(golden.cases)(
  '$spec, weighted: $weighted, is what PyTorch computes',
  ({ spec, weighted, loss }) => {
    const ours = classificationLoss(arrayOps, spec, logits, labels, classes, weighted ? weights : undefined);
    expect(ours.data[0]).toBeCloseTo(loss, 5);
  },
);

test.each(golden.example_cases)(
  '$spec, weighted: $weighted, with weights of examples, is their mean of what PyTorch computes',
  ({ spec, weighted, loss }) => {
    const exampleWeights = ndArray([golden.labels.length], golden.example_weights);
    const ofClasses = weighted ? weights : undefined;
    const ours = classificationLoss(arrayOps, spec, logits, labels, classes, ofClasses, exampleWeights);
    expect(ours.data[0]).toBeCloseTo(loss, 5);
  },
);

test('a smoothing or a gamma that makes no sense is refused', () => {
  const lossOf = (spec: LossSpec) => classificationLoss(arrayOps, spec, logits, labels, classes);
  expect(() => lossOf({ kind: 'cross-entropy', labelSmoothing: 1 })).toThrow(/label smoothing/);
  expect(() => lossOf({ kind: 'focal', gamma: -1 })).toThrow(/gamma/);
});
