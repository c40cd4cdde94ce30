/**
 * The graphs of a BERT: answering, and the gradients of a batch. Weights go in as inputs, so that the files
 * stay small and one session serves every checkpoint.
 */
import type { Ops } from '@otzyv/core';
import { type BertInputs, bertClassifier, type WeightOf } from '../../model/bert.ts';
import type { BertConfig } from '../../model/bert-config.ts';
import type { ParameterSpec } from '../../model/bert-parameters.ts';
import type { AdamWFactors } from '../adamw.ts';
import type { EngineOptions, NamedTensors } from '../engine.ts';
import { logitsOf, lossOf, type Objective, parametersOf, type Task, type TaskInputs } from '../objective.ts';
import { createOnnxOps, type DropoutSites } from './differentiable-ops.ts';
import { differentiate } from './differentiate.ts';
import { Graph, type Value } from './graph.ts';
import { createEmitters, type Dialect, integersOf } from './node-emitters.ts';
import type { Dim, FilePlace } from './proto.ts';
import { quantizedOps } from './quantized-ops.ts';
import { unpaddedOps } from './unpadded-ops.ts';

/** A tensor of float32 that need not be read to be used. */
export interface TensorPlace {
  readonly shape: readonly number[];
  readonly place: FilePlace;
}

/** Names of a parameter's companions in the graphs. */
export const nameOf = {
  gradient: (parameter: string) => `gradient.${parameter}`,
  /** what earlier micro-batches gave */
  gradientBefore: (parameter: string) => `gradient_before.${parameter}`,
  firstMoment: (parameter: string) => `first_moment.${parameter}`,
  secondMoment: (parameter: string) => `second_moment.${parameter}`,
  /** of the value after the update */
  next: (name: string) => `next.${name}`,
};

/** Logits from the weights given as inputs. */
export function inferenceGraph(
  config: BertConfig,
  task: Task,
  dialect: Dialect = 'onnxruntime',
): TrainingGraph {
  const graph = new Graph();
  const { ops } = createOnnxOps(graph, dialect);
  const weights = parameterInputs(graph, parametersOf(task, config));
  graph.output('logits', logitsOf(ops, task, weights.get, taskInputs(graph, task, dialect), config));
  return { bytes: graph.serialize(), outputs: graph.outputNames, dropoutSites: [] };
}

/**
 * A file that stands alone: weights inside, operators of the ONNX standard only, and of them those that every
 * runtime and device knows.
 */
export function standaloneGraph(config: BertConfig, tensors: NamedTensors): Uint8Array {
  const graph = new Graph();
  const { ops } = createOnnxOps(graph, 'portable');
  return classifierGraph(graph, ops, tokenInputs(graph, 'portable'), weightsInside(graph, tensors), config);
}

/**
 * The same answers sooner, on the CPU: see `unpadded-ops.ts`. onnxruntime fuses what it can of it; written with its
 * fused attention and norms it took as long (1.30).
 */
export function servingGraph(
  config: BertConfig,
  tensors: NamedTensors | ReadonlyMap<string, TensorPlace>,
): Uint8Array {
  const graph = new Graph();
  const inputs = tokenInputs(graph, 'portable');
  const ops = unpaddedOps(graph, createOnnxOps(graph, 'portable').ops, inputs.attentionMask);
  return classifierGraph(graph, ops, inputs, weightsInside(graph, tensors), config);
}

/**
 * A file that stands alone, with weights of 8 bits: see `quantized-ops.ts`. Without padding, which would widen the
 * range that a batch is quantised by.
 */
export function quantizedGraph(config: BertConfig, tensors: NamedTensors): Uint8Array {
  const graph = new Graph();
  const inputs = tokenInputs(graph, 'portable');
  const integerOps = quantizedOps(graph, createOnnxOps(graph, 'portable').ops, tensors);
  const ops = unpaddedOps(graph, integerOps, inputs.attentionMask);
  return classifierGraph(graph, ops, inputs, weightsInside(graph, tensors), config);
}

function classifierGraph(
  graph: Graph,
  ops: Ops<Value>,
  inputs: BertInputs<Value>,
  weight: WeightOf<Value>,
  config: BertConfig,
): Uint8Array {
  graph.output('logits', bertClassifier(ops, weight, inputs, config));
  return graph.serialize();
}

export interface TrainingGraph {
  readonly bytes: Uint8Array;
  /** names */
  readonly outputs: readonly string[];
  readonly dropoutSites: DropoutSites;
}

/** Forward, loss and backward: the loss, the gradients and their norm. */
export function gradientGraph(options: EngineOptions, dialect: Dialect = 'onnxruntime'): TrainingGraph {
  const graph = new Graph();
  const { loss, gradients, dropoutSites } = lossAndGradients(graph, options, dialect);
  graph.output('loss', loss);
  outputGradients(graph, gradients, dialect);
  return { bytes: graph.serialize(), outputs: graph.outputNames, dropoutSites };
}

/** The same, with a share of the gradients added to what other micro-batches have given. */
export function accumulationGraph(options: EngineOptions, dialect: Dialect = 'onnxruntime'): TrainingGraph {
  const graph = new Graph();
  const { loss, gradients, dropoutSites } = lossAndGradients(graph, options, dialect);
  const share = graph.input('share', 'float32', []);
  graph.output('loss', loss);
  const sums = [...gradients].map(([name, gradient]): [string, Value] => {
    const { dims } = gradient;
    const before = graph.input(nameOf.gradientBefore(name), 'float32', dims);
    return [name, graph.node('Add', [before, graph.node('Mul', [gradient, share], { dims })], { dims })];
  });
  outputGradients(graph, new Map(sums), dialect);
  return { bytes: graph.serialize(), outputs: graph.outputNames, dropoutSites };
}

/** A step of AdamW: parameters, moments and gradients in, parameters and moments out. The scalars are `adamWFactors`. */
export function updateGraph({ config, objective, optimizer }: EngineOptions): TrainingGraph {
  const graph = new Graph();
  const { add, subtract, multiply, divide, sqrt } = createEmitters(graph, 'webgpu');
  const scalar = (name: keyof AdamWFactors) => graph.input(name, 'float32', []);
  const [firstShare, secondShare] = [scalar('firstShare'), scalar('secondShare')];
  const [shrink, stepSize, floor] = [scalar('shrink'), scalar('stepSize'), scalar('floor')];
  for (const { name, shape, decays } of parametersOf(objective, config)) {
    const input = (of: string) => graph.input(of, 'float32', shape);
    const [parameter, gradient] = [input(name), input(nameOf.gradient(name))];
    const [first, second] = [nameOf.firstMoment(name), nameOf.secondMoment(name)];
    const firstMoment = add(
      multiply(input(first), graph.float(optimizer.beta1)),
      multiply(gradient, firstShare),
    );
    const secondMoment = add(
      multiply(input(second), graph.float(optimizer.beta2)),
      multiply(multiply(gradient, gradient), secondShare),
    );
    const direction = divide(firstMoment, add(sqrt(secondMoment), floor));
    const decayed = decays ? multiply(parameter, shrink) : parameter;
    graph.output(nameOf.next(name), subtract(decayed, multiply(direction, stepSize)));
    graph.output(nameOf.next(first), firstMoment);
    graph.output(nameOf.next(second), secondMoment);
  }
  return { bytes: graph.serialize(), outputs: graph.outputNames, dropoutSites: [] };
}

/** Each input comes out again, under the name of its successor: the way of tensors to the GPU, and back. */
export function copyGraph(shapes: ReadonlyMap<string, readonly number[]>): TrainingGraph {
  const graph = new Graph();
  for (const [name, shape] of shapes) graph.output(nameOf.next(name), graph.input(name, 'float32', shape));
  return { bytes: graph.serialize(), outputs: graph.outputNames, dropoutSites: [] };
}

/** Weights that lie in the file, or where they lie beside it. */
function weightsInside(
  graph: Graph,
  tensors: NamedTensors | ReadonlyMap<string, TensorPlace>,
): WeightOf<Value> {
  const values = new Map(
    [...tensors].map(([name, tensor]) => {
      const bytes = 'place' in tensor ? tensor.place : bytesOf(tensor.data);
      return [name, graph.initializer(name, 'float32', tensor.shape, bytes)];
    }),
  );
  return (name) => values.get(name) as Value;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

interface Parameters {
  readonly values: readonly Value[];
  get(name: string): Value;
}

function parameterInputs(graph: Graph, specs: readonly ParameterSpec[]): Parameters {
  const values = specs.map(({ name, shape }) => graph.input(name, 'float32', shape));
  const byName = new Map(values.map((value) => [value.name, value]));
  return { values, get: (name) => byName.get(name) as Value };
}

function tokenInputs(graph: Graph, dialect: Dialect): BertInputs<Value> {
  const input = (name: string) => graph.input(name, integersOf(dialect), ['batch', 'time']);
  return {
    inputIds: input('input_ids'),
    attentionMask: input('attention_mask'),
    tokenTypeIds: input('token_type_ids'),
  };
}

function taskInputs(graph: Graph, { kind }: Task, dialect: Dialect): TaskInputs<Value> {
  const inputs = tokenInputs(graph, dialect);
  if (kind === 'classification') return inputs;
  return { ...inputs, positions: graph.input('positions', integersOf(dialect), ['positions']) };
}

function lossAndGradients(graph: Graph, { config, objective }: EngineOptions, dialect: Dialect) {
  const dropoutSites: DropoutSites = [];
  const { ops, tape } = createOnnxOps(graph, dialect, dropoutSites);
  const parameters = parameterInputs(graph, parametersOf(objective, config));
  const inputs = taskInputs(graph, objective, dialect);
  const logits = logitsOf(ops, objective, parameters.get, inputs, config);
  const labels = graph.input('labels', integersOf(dialect), [logits.dims[0] as Dim]);
  const truth = { logits, labels, ...weightInput(graph, objective) };
  const loss = lossOf(ops, objective, truth, config, (values) => graph.floats(values));
  return { loss, gradients: differentiate(graph, tape, loss, parameters.values), dropoutSites };
}

function weightInput(graph: Graph, objective: Objective): { exampleWeights?: Value } {
  return objective.kind === 'classification' && objective.weighsExamples
    ? { exampleWeights: graph.input('example_weights', 'float32', ['batch']) }
    : {};
}

function outputGradients(graph: Graph, gradients: ReadonlyMap<string, Value>, dialect: Dialect): void {
  const { sumOfSquares, sqrt } = createEmitters(graph, dialect);
  graph.output('gradient_norm', sqrt(sumOfSquares([...gradients.values()])));
  for (const [name, gradient] of gradients) graph.output(nameOf.gradient(name), gradient);
}
