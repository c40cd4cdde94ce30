/**
 * The graphs of a BERT classifier: answering, one whole training step, and a training step in two parts for
 * gradient accumulation. Weights and optimiser state go in as inputs and come out as outputs, so that the
 * files stay small and one session serves every checkpoint.
 */
import { classificationLoss } from '@otzyv/core';
import { type BertInputs, bertClassifier } from '../../model/bert.ts';
import type { BertConfig } from '../../model/bert-config.ts';
import { bertParameters, type ParameterSpec } from '../../model/bert-parameters.ts';
import type { EngineOptions, NamedTensors } from '../engine.ts';
import { adamW, clipFactor, globalNorm } from './adamw.ts';
import { createOnnxOps, type DropoutSites } from './differentiable-ops.ts';
import { differentiate } from './differentiate.ts';
import { Graph, type Value } from './graph.ts';

/** Names of a parameter's companions in the graphs. */
export const nameOf = {
  firstMoment: (parameter: string) => `first_moment.${parameter}`,
  secondMoment: (parameter: string) => `second_moment.${parameter}`,
  gradient: (parameter: string) => `gradient.${parameter}`,
  /** of the value after the step */
  next: (name: string) => `next.${name}`,
};

/** Logits from the weights given as inputs. */
export function inferenceGraph(config: BertConfig, classes: number): Uint8Array {
  const graph = new Graph();
  const { ops } = createOnnxOps(graph, 'onnxruntime');
  const weights = parameterInputs(graph, bertParameters(config, classes));
  graph.output('logits', bertClassifier(ops, weights.get, tokenInputs(graph), config));
  return graph.serialize();
}

/** A file that stands alone: weights inside, operators of the ONNX standard only. */
export function standaloneGraph(config: BertConfig, classes: number, tensors: NamedTensors): Uint8Array {
  const graph = new Graph();
  const { ops } = createOnnxOps(graph, 'portable');
  const values = new Map(
    bertParameters(config, classes).map(({ name, shape }) => {
      const { data } = tensors.get(name) as { data: Float32Array };
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      return [name, graph.initializer(name, 'float32', shape, bytes)];
    }),
  );
  graph.output(
    'logits',
    bertClassifier(ops, (name) => values.get(name) as Value, tokenInputs(graph), config),
  );
  return graph.serialize();
}

export interface TrainingGraph {
  readonly bytes: Uint8Array;
  readonly dropoutSites: DropoutSites;
}

/** Forward, loss, backward, clipping and AdamW in one graph. */
export function stepGraph(options: EngineOptions): TrainingGraph {
  const graph = new Graph();
  const { parameters, loss, gradients, dropoutSites } = lossAndGradients(graph, options);
  graph.output('loss', loss);
  addUpdate(graph, options, parameters, gradients);
  return { bytes: graph.serialize(), dropoutSites };
}

/** Forward, loss and backward; adds a share of the gradient to what other micro-batches have given. */
export function accumulationGraph(options: EngineOptions): TrainingGraph {
  const graph = new Graph();
  const { loss, gradients, dropoutSites } = lossAndGradients(graph, options);
  const share = graph.input('share', 'float32', []);
  graph.output('loss', loss);
  for (const [name, gradient] of gradients) {
    const before = graph.input(nameOf.gradient(name), 'float32', gradient.dims);
    const scaled = graph.node('Mul', [gradient, share], { dims: gradient.dims });
    graph.output(
      nameOf.next(nameOf.gradient(name)),
      graph.node('Add', [before, scaled], { dims: gradient.dims }),
    );
  }
  return { bytes: graph.serialize(), dropoutSites };
}

/** Clipping and AdamW on the gradients that were accumulated. */
export function updateGraph(options: EngineOptions): TrainingGraph {
  const graph = new Graph();
  const parameters = parameterInputs(graph, bertParameters(options.config, options.classes));
  const gradients = new Map(
    parameters.values.map(({ name, dims }) => [name, graph.input(nameOf.gradient(name), 'float32', dims)]),
  );
  addUpdate(graph, options, parameters, gradients);
  return { bytes: graph.serialize(), dropoutSites: [] };
}

interface Parameters {
  readonly values: readonly Value[];
  readonly specs: readonly ParameterSpec[];
  get(name: string): Value;
}

function parameterInputs(graph: Graph, specs: readonly ParameterSpec[]): Parameters {
  const values = specs.map(({ name, shape }) => graph.input(name, 'float32', shape));
  const byName = new Map(values.map((value) => [value.name, value]));
  return { values, specs, get: (name) => byName.get(name) as Value };
}

function tokenInputs(graph: Graph): BertInputs<Value> {
  const input = (name: string) => graph.input(name, 'int64', ['batch', 'time']);
  return {
    inputIds: input('input_ids'),
    attentionMask: input('attention_mask'),
    tokenTypeIds: input('token_type_ids'),
  };
}

function lossAndGradients(graph: Graph, { config, classes, loss: spec, classWeights }: EngineOptions) {
  const dropoutSites: DropoutSites = [];
  const { ops, tape } = createOnnxOps(graph, 'onnxruntime', dropoutSites);
  const parameters = parameterInputs(graph, bertParameters(config, classes));
  const logits = bertClassifier(ops, parameters.get, tokenInputs(graph), config);
  const labels = graph.input('labels', 'int64', ['batch']);
  const loss = classificationLoss(
    ops,
    spec,
    logits,
    labels,
    classes,
    classWeights && graph.floats(classWeights),
  );
  return { parameters, loss, gradients: differentiate(graph, tape, loss, parameters.values), dropoutSites };
}

function addUpdate(
  graph: Graph,
  { optimizer, maxGradNorm }: EngineOptions,
  { values, specs }: Parameters,
  gradients: ReadonlyMap<string, Value>,
): void {
  const norm = globalNorm(graph, gradients.values());
  graph.output('gradient_norm', norm);
  // every update waits for the norm, and so for all that reads the old weights: they may be written over
  const clip = clipFactor(graph, norm, maxGradNorm > 0 ? maxGradNorm : Infinity);
  const rule = adamW(graph, optimizer, {
    learningRate: graph.input('learning_rate', 'float32', []),
    firstCorrection: graph.input('first_correction', 'float32', []),
    secondCorrectionRoot: graph.input('second_correction_root', 'float32', []),
    clip,
  });

  values.forEach((parameter, i) => {
    const { name, dims } = parameter;
    const gradient = gradients.get(name) as Value;
    const firstMoment = graph.input(nameOf.firstMoment(name), 'float32', dims);
    const secondMoment = graph.input(nameOf.secondMoment(name), 'float32', dims);
    const updated = rule.update(
      parameter,
      gradient,
      firstMoment,
      secondMoment,
      (specs[i] as ParameterSpec).decays,
    );
    graph.output(nameOf.next(name), updated.parameter);
    graph.output(nameOf.next(nameOf.firstMoment(name)), updated.firstMoment);
    graph.output(nameOf.next(nameOf.secondMoment(name)), updated.secondMoment);
  });
}
