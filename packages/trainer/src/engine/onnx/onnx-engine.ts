/**
 * The engine on ONNX Runtime. A training step is one call: weights and moments go in, and their successors come out into
 * the same buffers. That is safe, since every update waits for the norm of all gradients (see `graphs.ts`), and so
 * for all that reads the old weights; and it halves the memory.
 */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { bertParameters } from '../../model/bert-parameters.ts';
import type { Tensor } from '../../model/safetensors.ts';
import type { Batch, Engine, EngineOptions, LabelledBatch, NamedTensors, TrainingState } from '../engine.ts';
import type { DropoutSites } from './differentiable-ops.ts';
import { dropoutBytes } from './dropout-bytes.ts';
import {
  accumulationGraph,
  inferenceGraph,
  nameOf,
  stepGraph,
  type TrainingGraph,
  updateGraph,
} from './graphs.ts';

type Feeds = Record<string, OrtTensor>;

/** A session and the graph it runs, made when it is first needed. */
interface LazySession {
  run(feeds: (sites: DropoutSites) => Feeds, fetches: Record<string, OrtTensor | null>): Promise<Feeds>;
  release(): Promise<void>;
}

/** Sessions are made when they are first needed. The weights given are copied, and left alone. */
export function createOnnxEngine(options: EngineOptions): Engine {
  const { config, classes, optimizer, seed } = options;
  const specs = bertParameters(config, classes);
  const names = specs.map(({ name }) => name);
  const stateNames = names.flatMap((name) => [name, nameOf.firstMoment(name), nameOf.secondMoment(name)]);

  const zeros = () => new Map(specs.map(({ name, shape }) => [name, zeroTensor(shape)]));
  let state = stateTensors({ weights: options.weights, firstMoments: zeros(), secondMoments: zeros() });
  let step = 0;

  const answering = lazySession(
    () => ({ bytes: inferenceGraph(config, classes), dropoutSites: [] }),
    options,
  );
  const stepping = lazySession(() => stepGraph(options), options);
  const accumulating = lazySession(() => accumulationGraph(options), options);
  const updating = lazySession(() => updateGraph(options), options);

  const weights = (): Feeds => Object.fromEntries(names.map((name) => [name, state[name] as OrtTensor]));

  const batchFeeds = (batch: LabelledBatch, microBatch: number) => (sites: DropoutSites) => ({
    ...tokenFeeds(batch),
    labels: new OrtTensor('int64', batch.labels, [batch.batch]),
    ...dropoutFeeds(sites, batch, (length) => dropoutBytes(seed, step + 1, microBatch, length)),
  });

  /** Runs a graph that updates the state. */
  const advance = async (
    session: LazySession,
    feeds: (sites: DropoutSites) => Feeds,
    learningRate: number,
  ) => {
    const results = await session.run(
      (sites) => ({
        ...state,
        ...feeds(sites),
        learning_rate: scalar(learningRate),
        first_correction: scalar(1 - optimizer.beta1 ** (step + 1)),
        second_correction_root: scalar(Math.sqrt(1 - optimizer.beta2 ** (step + 1))),
      }),
      {
        gradient_norm: null,
        ...(session === stepping && { loss: null }),
        ...Object.fromEntries(stateNames.map((name) => [nameOf.next(name), state[name] as OrtTensor])),
      },
    );
    step++;
    return results;
  };

  let gradients: Feeds | undefined; // only where they are accumulated

  const accumulate = async (microBatches: readonly LabelledBatch[]) => {
    gradients ??= namedGradients(zeros());
    for (const { data } of Object.values(gradients)) (data as Float32Array).fill(0);
    let loss = 0;
    const shares = sharesOf(microBatches, options);
    for (const [index, batch] of microBatches.entries()) {
      const share = shares[index] as number;
      const results = await accumulating.run(
        (sites) => ({
          ...weights(),
          ...gradients,
          ...batchFeeds(batch, index)(sites),
          share: scalar(share),
        }),
        {
          loss: null,
          ...Object.fromEntries(
            Object.entries(gradients).map(([name, tensor]) => [nameOf.next(name), tensor]),
          ),
        },
      );
      loss += scalarOf(results['loss']) * share;
    }
    return { loss, gradients };
  };

  return {
    trainStep: async (microBatches, learningRate) => {
      const [only] = microBatches;
      if (microBatches.length === 1 && only !== undefined) {
        const results = await advance(stepping, batchFeeds(only, 0), learningRate);
        return { loss: scalarOf(results['loss']), gradientNorm: scalarOf(results['gradient_norm']) };
      }
      const { loss, gradients } = await accumulate(microBatches);
      const results = await advance(updating, () => gradients, learningRate);
      return { loss, gradientNorm: scalarOf(results['gradient_norm']) };
    },

    logits: async (batch) => {
      const results = await answering.run(() => ({ ...weights(), ...tokenFeeds(batch) }), { logits: null });
      return (results['logits'] as OrtTensor).data as Float32Array;
    },

    state: () => ({
      step,
      weights: tensorsOf(state, names, (name) => name),
      firstMoments: tensorsOf(state, names, nameOf.firstMoment),
      secondMoments: tensorsOf(state, names, nameOf.secondMoment),
    }),

    restore: (saved) => {
      state = stateTensors(saved);
      step = saved.step;
    },

    dispose: async () => {
      for (const session of [answering, stepping, accumulating, updating]) await session.release();
    },
  };
}

/**
 * What each micro-batch counts for, so that together they give the loss and the gradient of one large batch: by its
 * rows, or by their class weights where the loss is divided by those.
 */
function sharesOf(
  microBatches: readonly LabelledBatch[],
  { loss, classWeights }: Pick<EngineOptions, 'loss' | 'classWeights'>,
): number[] {
  const weights = loss.kind === 'cross-entropy' ? classWeights : undefined;
  const sizes = microBatches.map(({ batch, labels }) =>
    weights === undefined
      ? batch
      : labels.reduce((sum, label) => sum + (weights[Number(label)] as number), 0),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => size / total);
}

function lazySession(build: () => TrainingGraph, { threads }: EngineOptions): LazySession {
  let started: Promise<{ session: InferenceSession; sites: DropoutSites }> | undefined;
  const start = async () => {
    const { bytes, dropoutSites } = build();
    const session = await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      // else the masks of dropout are made once for each use
      extra: { session: { disable_quant_qdq: '1' } },
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

function stateTensors(state: Omit<TrainingState, 'step'>): Feeds {
  const copies = (tensors: NamedTensors, rename: (name: string) => string) =>
    [...tensors].map(([name, { shape, data }]) => [
      rename(name),
      new OrtTensor('float32', data.slice(), shape),
    ]);
  return Object.fromEntries([
    ...copies(state.weights, (name) => name),
    ...copies(state.firstMoments, nameOf.firstMoment),
    ...copies(state.secondMoments, nameOf.secondMoment),
  ]);
}

function namedGradients(tensors: NamedTensors): Feeds {
  return Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [
      nameOf.gradient(name),
      new OrtTensor('float32', data, shape),
    ]),
  );
}

function tensorsOf(feeds: Feeds, names: readonly string[], rename: (name: string) => string): NamedTensors {
  return new Map(
    names.map((name) => {
      const tensor = feeds[rename(name)] as OrtTensor;
      return [name, { shape: tensor.dims, data: tensor.data as Float32Array }];
    }),
  );
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
