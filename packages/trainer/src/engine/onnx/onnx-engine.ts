/**
 * The engine on ONNX Runtime. One call gives the gradients of a batch; the optimiser moves the weights in the very
 * arrays that the next call reads. The state is never an output of a graph, since onnxruntime-node 1.30 copies each of
 * those, and a copy of three times the weights costs more than the update itself.
 */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Tensor } from '../../model/safetensors.ts';
import { clipFactor, updateParameter } from '../adamw.ts';
import { dropoutBytes } from '../dropout.ts';
import type { Engine, EngineOptions, LabelledBatch, NamedTensors, TrainingState } from '../engine.ts';
import { parametersOf } from '../objective.ts';
import { sharesOf } from '../shares.ts';
import type { DropoutSites } from './differentiable-ops.ts';
import {
  dropoutFeeds,
  type Feeds,
  feedsOf,
  longs,
  scalar,
  scalarOf,
  tokenFeeds,
  truthFeeds,
  zeroTensor,
} from './feeds.ts';
import { accumulationGraph, gradientGraph, inferenceGraph, nameOf, type TrainingGraph } from './graphs.ts';
import { hostSession, lazySession } from './session.ts';

/** Sessions are made when they are first needed. On CUDA the gradients come back to the CPU, where the state is. */
export function createOnnxEngine(options: EngineOptions, provider: 'cpu' | 'cuda' = 'cpu'): Engine {
  const { config, objective, optimizer, seed, maxGradNorm } = options;
  const specs = parametersOf(objective, config);

  const zeros = () => new Map(specs.map(({ name, shape }) => [name, zeroTensor(shape)]));
  let state: TrainingState = {
    step: 0,
    weights: options.weights,
    firstMoments: zeros(),
    secondMoments: zeros(),
  };

  const session = (build: () => TrainingGraph) =>
    lazySession(build, () => hostSession(provider, options.threads));
  const answering = session(() => inferenceGraph(config, objective));
  const differentiating = session(() => gradientGraph(options));
  const accumulating = session(() => accumulationGraph(options));

  let randomBytes = new Uint8Array();
  const weightFeeds = () => feedsOf(state.weights, (name) => name);

  const batchFeeds = (batch: LabelledBatch, microBatch: number) => (sites: DropoutSites) => ({
    ...weightFeeds(),
    ...tokenFeeds(batch, longs),
    ...truthFeeds(batch, objective, longs),
    ...dropoutFeeds(sites, batch, (length) => {
      if (randomBytes.length < length) randomBytes = new Uint8Array(length);
      const bytes = randomBytes.subarray(0, length);
      dropoutBytes(seed, state.step + 1, microBatch)(bytes);
      return bytes;
    }),
  });

  const gradientsOf = async (batch: LabelledBatch): Promise<Gradients> => {
    const results = await differentiating.run(batchFeeds(batch, 0), {
      ...{ loss: null, gradient_norm: null },
      ...Object.fromEntries(specs.map(({ name }) => [nameOf.gradient(name), null])),
    });
    return gradientsFrom(results, scalarOf(results['loss']));
  };

  let sums: NamedTensors | undefined; // only where gradients are accumulated

  const accumulatedGradientsOf = async (microBatches: readonly LabelledBatch[]): Promise<Gradients> => {
    sums ??= zeros();
    for (const { data } of sums.values()) data.fill(0);
    const before = feedsOf(sums, nameOf.gradientBefore);
    const after = feedsOf(sums, nameOf.gradient); // the same arrays: each sum is written where its first part stood
    const shares = sharesOf(microBatches, options);
    let loss = 0;
    let results: Feeds = {};
    for (const [index, batch] of microBatches.entries()) {
      const share = shares[index] as number;
      results = await accumulating.run(
        (sites) => ({ ...batchFeeds(batch, index)(sites), ...before, share: scalar(share) }),
        { loss: null, gradient_norm: null, ...after },
      );
      loss += scalarOf(results['loss']) * share;
    }
    return gradientsFrom(results, loss);
  };

  const update = ({ norm, gradientOf }: Gradients, learningRate: number): void => {
    const step = state.step + 1;
    const adamW = { ...optimizer, learningRate, step, clip: clipFactor(norm, maxGradNorm) };
    for (const { name, decays } of specs) {
      const of = (tensors: NamedTensors) => (tensors.get(name) as Tensor).data;
      updateParameter(
        {
          parameter: of(state.weights),
          firstMoment: of(state.firstMoments),
          secondMoment: of(state.secondMoments),
        },
        gradientOf(name),
        decays,
        adamW,
      );
    }
    state = { ...state, step };
  };

  return {
    trainStep: async (microBatches, learningRate) => {
      const [only] = microBatches;
      const gradients =
        microBatches.length === 1 && only !== undefined
          ? await gradientsOf(only)
          : await accumulatedGradientsOf(microBatches);
      update(gradients, learningRate);
      return { loss: gradients.loss, gradientNorm: gradients.norm };
    },

    logits: async (batch) => {
      const results = await answering.run(() => ({ ...weightFeeds(), ...tokenFeeds(batch, longs) }), {
        logits: null,
      });
      return (results['logits'] as OrtTensor).data as Float32Array;
    },

    state: async () => state,

    restore: (saved) => {
      copyInto(state.weights, saved.weights);
      copyInto(state.firstMoments, saved.firstMoments);
      copyInto(state.secondMoments, saved.secondMoments);
      state = { ...state, step: saved.step };
    },

    dispose: async () => {
      for (const session of [answering, differentiating, accumulating]) await session.release();
    },
  };
}

interface Gradients {
  readonly loss: number;
  /** of all gradients together, before clipping */
  readonly norm: number;
  gradientOf(name: string): Float32Array;
}

function gradientsFrom(results: Feeds, loss: number): Gradients {
  return {
    loss,
    norm: scalarOf(results['gradient_norm']),
    gradientOf: (name) => (results[nameOf.gradient(name)] as OrtTensor).data as Float32Array,
  };
}

function copyInto(tensors: NamedTensors, saved: NamedTensors): void {
  for (const [name, { data }] of tensors) data.set((saved.get(name) as Tensor).data);
}
