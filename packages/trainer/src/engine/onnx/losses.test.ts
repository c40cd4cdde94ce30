import { readFileSync } from 'node:fs';
import { classificationLoss, type LossSpec } from '@otzyv/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { createOnnxOps } from './differentiable-ops.ts';
import { differentiate } from './differentiate.ts';
import { Graph } from './graph.ts';

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
  gradient: number[][];
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../../../../../test-fixtures/goldens/losses.json', import.meta.url), 'utf8'),
);
const [rows, classes] = [golden.labels.length, golden.weights.length];

test.each(golden.cases)('$spec, weighted: $weighted: loss and gradient are PyTorch’s', (one) =>
  expectLossAndGradient(one),
);

test.each(golden.example_cases)(
  '$spec, weighted: $weighted, with weights of examples: loss and gradient are PyTorch’s',
  (one) => expectLossAndGradient(one, golden.example_weights),
);

async function expectLossAndGradient(one: Case, exampleWeights?: number[]): Promise<void> {
  const graph = new Graph();
  const { ops, tape } = createOnnxOps(graph, 'onnxruntime');
  const logits = graph.input('logits', 'float32', ['batch', classes]);
  const labels = graph.input('labels', 'int64', ['batch']);
  const weights = one.weighted ? graph.floats(golden.weights) : undefined;
  const ofExamples = exampleWeights && graph.input('example_weights', 'float32', ['batch']);
  const loss = classificationLoss(ops, one.spec, logits, labels, classes, weights, ofExamples);
  graph.output('loss', loss);
  graph.output('gradient', differentiate(graph, tape, loss, [logits]).get('logits')!);

  const session = await InferenceSession.create(graph.serialize());
  const results = await session.run({
    logits: new Tensor('float32', golden.logits.flat(), [rows, classes]),
    labels: new Tensor('int64', BigInt64Array.from(golden.labels, BigInt), [rows]),
    ...(exampleWeights && { example_weights: new Tensor('float32', exampleWeights, [rows]) }),
  });
  expect(results['loss']!.data[0]).toBeCloseTo(one.loss, 5);
  one.gradient.flat().forEach((value, i) => {
    expect(results['gradient']!.data[i]).toBeCloseTo(value, 5);
  });
}
