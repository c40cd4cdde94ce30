/**
 * The engine on ONNX Runtime. One call gives the gradients of a batch; the optimiser moves the weights in the very
 * arrays that the next call reads. The state is never an output of a graph, since onnxruntime-node 1.30 copies each of
 * those, and a copy of three times the weights costs more than the update itself.
 */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { bertParameters } from '../../model/bert-parameters.ts';
import type { Tensor } from '../../model/safetensors.ts';
import { clipFactor, updateParameter } from '../adamw.ts';
import { dropoutBytes } from '../dropout.ts';
import type { Batch, Engine, EngineOptions, LabelledBatch, NamedTensors, TrainingState } from '../engine.ts';
import { sharesOf } from '../shares.ts';
import type { DropoutSites } from './differentiable-ops.ts';
import { accumulationGraph, gradientGraph, inferenceGraph, nameOf, type TrainingGraph } from './graphs.ts';

type Feeds = Record<string, OrtTensor>;

/** A session and the graph it runs, made when it is first needed. */
interface LazySession {
  run(feeds: (sites: DropoutSites) => Feeds, fetches: Record<string, OrtTensor | null>): Promise<Feeds>;
  release(): Promise<void>;
}

/** Sessions are made when they are first needed. */
export function createOnnxEngine(options: EngineOptions): Engine {
  const { config, classes, optimizer, seed, maxGradNorm } = options;
  const specs = bertParameters(config, classes);

  const zeros = () => new Map(specs.map(({ name, shape }) => [name, zeroTensor(shape)]));
  let state: TrainingState = {
    step: 0,
    weights: options.weights,
    firstMoments: zeros(),
    secondMoments: zeros(),
  };

  const answering = lazySession(
    () => ({ bytes: inferenceGraph(config, classes), dropoutSites: [] }),
    options,
  );
  const differentiating = lazySession(() => gradientGraph(options), options);
  const accumulating = lazySession(() => accumulationGraph(options), options);

  let randomBytes = new Uint8Array();
  const weightFeeds = () => feedsOf(state.weights, (name) => name);

  const batchFeeds = (batch: LabelledBatch, microBatch: number) => (sites: DropoutSites) => ({
    ...weightFeeds(),
    ...tokenFeeds(batch),
    labels: new OrtTensor('int64', batch.labels, [batch.batch]),
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
      const results = await answering.run(() => ({ ...weightFeeds(), ...tokenFeeds(batch) }), {
        logits: null,
      });
      return (results['logits'] as OrtTensor).data as Float32Array;
    },

    state: () => state,

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

function lazySession(build: () => TrainingGraph, { threads }: EngineOptions): LazySession {
  let started: Promise<{ session: InferenceSession; sites: DropoutSites }> | undefined;
  const start = async () => {
    const { bytes, dropoutSites } = build();
    const session = await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      // one plan of memory for each shape of batch, beside what the arena has already: twice the memory, no faster
      enableMemPattern: false,
      extra: {
        session: { disable_quant_qdq: '1' }, // else the masks of dropout are made once for each use
        optimization: { disable_specified_optimizers: 'CommonSubexpressionElimination' }, // it would undo Graph.again
      },
      ...(threads !== undefined && { intraOpNumThreads: threads }),
    });
    return { session, sites: dropoutSites };
  };
  return {
    run: async (feeds, fetches) => {
      started ??= start();
      const { session, sites } = await started;
      return session.run(feeds(sites), fetches) as Promise<Feeds>;
    },
    release: async () => {
      if (started !== undefined) await (await started).session.release();
    },
  };
}

function tokenFeeds({ batch, time, inputIds, attentionMask, tokenTypeIds }: Batch): Feeds {
  const shape = [batch, time];
  return {
    input_ids: new OrtTensor('int64', inputIds, shape),
    attention_mask: new OrtTensor('int64', attentionMask, shape),
    token_type_ids: new OrtTensor('int64', tokenTypeIds, shape),
  };
}

/** One stretch of random bytes, cut up for the sites in their order. */
function dropoutFeeds(sites: DropoutSites, batch: Batch, randomBytes: (length: number) => Uint8Array): Feeds {
  const shapes = sites.map(({ dims }) =>
    dims.map((dim) => (dim === 'batch' ? batch.batch : dim === 'time' ? batch.time : (dim as number))),
  );
  const lengths = shapes.map(elements);
  const bytes = randomBytes(lengths.reduce((sum, length) => sum + length, 0));
  let from = 0;
  return Object.fromEntries(
    sites.map(({ name }, i) => {
      const length = lengths[i] as number;
      const part = bytes.subarray(from, from + length);
      from += length;
      return [name, new OrtTensor('uint8', part, shapes[i] as number[])];
    }),
  );
}

function feedsOf(tensors: NamedTensors, rename: (name: string) => string): Feeds {
  return Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [rename(name), new OrtTensor('float32', data, shape)]),
  );
}

function copyInto(tensors: NamedTensors, saved: NamedTensors): void {
  for (const [name, { data }] of tensors) data.set((saved.get(name) as Tensor).data);
}

function zeroTensor(shape: readonly number[]): Tensor {
  return { shape, data: new Float32Array(elements(shape)) };
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

function scalar(value: number): OrtTensor {
  return new OrtTensor('float32', Float32Array.of(value), []);
}

function scalarOf(tensor: OrtTensor | undefined): number {
  return Number(tensor?.data[0]);
}
