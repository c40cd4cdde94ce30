/**
 * The engine on ONNX Runtime's WebGPU provider. Weights, moments and gradients stay on the GPU: what one run gives out
 * is what the next takes in. Only the loss and the gradients' norm are read back, and the state when it is asked for.
 */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { adamWFactors, clipFactor } from '../adamw.ts';
import { dropoutBytes } from '../dropout.ts';
import type { Engine, EngineOptions, LabelledBatch, NamedTensors, TrainingState } from '../engine.ts';
import { parametersOf } from '../objective.ts';
import { sharesOf } from '../shares.ts';
import {
  dropoutFeeds,
  type Feeds,
  feedsOf,
  scalar,
  scalarOf,
  shorts,
  tokenFeeds,
  truthFeeds,
  zeroTensor,
} from './feeds.ts';
import { withinMemory } from './gpu-memory.ts';
import {
  accumulationGraph,
  copyGraph,
  gradientGraph,
  inferenceGraph,
  nameOf,
  type TrainingGraph,
  updateGraph,
} from './graphs.ts';
import { lazySession, webGpuSession } from './session.ts';

/** Sessions are made when they are first needed, and the state is moved to the GPU by the first use of the engine. */
export function createWebGpuEngine(options: EngineOptions): Engine {
  const { config, objective, optimizer, seed, maxGradNorm } = options;
  const specs = parametersOf(objective, config);
  const names = specs.map(({ name }) => name);
  const stateNames = names.flatMap((name) => [name, nameOf.firstMoment(name), nameOf.secondMoment(name)]);
  const shapes = new Map(
    specs.flatMap(({ name, shape }) =>
      [name, nameOf.firstMoment(name), nameOf.secondMoment(name)].map((of) => [of, shape] as const),
    ),
  );
  const zeros = (): NamedTensors => new Map(specs.map(({ name, shape }) => [name, zeroTensor(shape)]));

  const session = (build: () => TrainingGraph, readBack?: readonly string[]) =>
    lazySession(build, (outputs) => webGpuSession(outputs, readBack));
  const answering = session(() => inferenceGraph(config, objective, 'webgpu'));
  const differentiating = session(() => gradientGraph(options, 'webgpu'), READ_BACK);
  const accumulating = session(() => accumulationGraph(options, 'webgpu'), READ_BACK);
  const updating = session(() => updateGraph(options), []);
  const uploading = session(() => copyGraph(shapes), []);
  const downloading = session(() => copyGraph(shapes));
  const zeroing = session(
    () => copyGraph(new Map(specs.map(({ name, shape }) => [nameOf.gradientBefore(name), shape]))),
    [],
  );
  // released together: the device goes with the last session of the process, and what lies on it
  const sessions = [answering, differentiating, accumulating, updating, uploading, downloading, zeroing];

  let step = 0;
  let waiting: Feeds | undefined = stateFeeds({
    weights: options.weights,
    firstMoments: zeros(),
    secondMoments: zeros(),
  });
  let resident: Feeds = {};
  let noGradients: Feeds | undefined; // what accumulation begins with

  const advanceTo = (state: Feeds): void => {
    const before = resident;
    resident = state;
    dispose(before);
  };

  /** The state on the GPU. */
  const state = async (): Promise<Feeds> => {
    if (waiting !== undefined) {
      const uploaded = await withinMemory(undefined, () => uploading.run(() => waiting as Feeds));
      advanceTo(successors(uploaded, stateNames));
      waiting = undefined;
    }
    return resident;
  };

  const weights = async (): Promise<Feeds> => {
    const all = await state();
    return Object.fromEntries(names.map((name) => [name, all[name] as OrtTensor]));
  };

  const gradientsOf = async (batch: LabelledBatch, index: number, more?: Feeds): Promise<Feeds> => {
    const graph = more === undefined ? differentiating : accumulating;
    const parameters = await weights();
    return withinMemory(batch, () =>
      graph.run((sites) => ({
        ...parameters,
        ...more,
        ...tokenFeeds(batch, shorts),
        ...truthFeeds(batch, objective, shorts),
        ...dropoutFeeds(sites, batch, (length) => {
          const bytes = new Uint8Array(length);
          dropoutBytes(seed, step + 1, index)(bytes);
          return bytes;
        }),
      })),
    );
  };

  const startOfSums = async (): Promise<Feeds> => {
    noGradients ??= successors(
      await zeroing.run(() => feedsOf(zeros(), nameOf.gradientBefore)),
      names.map(nameOf.gradientBefore),
    );
    return noGradients;
  };

  const accumulated = async (microBatches: readonly LabelledBatch[]) => {
    const shares = sharesOf(microBatches, options);
    let loss = 0;
    let norm = 0;
    let sums = await startOfSums();
    for (const [index, batch] of microBatches.entries()) {
      const share = shares[index] as number;
      const results = await gradientsOf(batch, index, { ...sums, share: scalar(share) });
      loss += scalarOf(results['loss']) * share;
      norm = scalarOf(results['gradient_norm']);
      if (sums !== noGradients) dispose(sums);
      sums = renamed(results, names, nameOf.gradient, nameOf.gradientBefore);
    }
    return { loss, norm, gradients: renamed(sums, names, nameOf.gradientBefore, nameOf.gradient) };
  };

  const ofOne = async (batch: LabelledBatch) => {
    const results = await gradientsOf(batch, 0);
    return {
      loss: scalarOf(results['loss']),
      norm: scalarOf(results['gradient_norm']),
      gradients: renamed(results, names, nameOf.gradient, nameOf.gradient),
    };
  };

  return {
    trainStep: async (microBatches, learningRate) => {
      const [only] = microBatches;
      const { loss, norm, gradients } =
        microBatches.length === 1 && only !== undefined ? await ofOne(only) : await accumulated(microBatches);
      const factors = adamWFactors({
        ...optimizer,
        learningRate,
        step: step + 1,
        clip: clipFactor(norm, maxGradNorm),
      });
      const before = await state();
      const largest = microBatches.reduce((a, b) => (b.batch * b.time > a.batch * a.time ? b : a));
      const results = await withinMemory(largest, () =>
        updating.run(() => ({
          ...before,
          ...gradients,
          ...Object.fromEntries(Object.entries(factors).map(([name, value]) => [name, scalar(value)])),
        })),
      );
      dispose(gradients);
      advanceTo(successors(results, stateNames));
      step++;
      return { loss, gradientNorm: norm };
    },

    logits: async (batch) => {
      const parameters = await weights();
      const results = await withinMemory(batch, () =>
        answering.run(() => ({ ...parameters, ...tokenFeeds(batch, shorts) })),
      );
      return (results['logits'] as OrtTensor).data as Float32Array;
    },

    state: async () => {
      const all = await state();
      const read = successors(await downloading.run(() => all), stateNames);
      return {
        step,
        weights: tensorsOf(read, names, (name) => name),
        firstMoments: tensorsOf(read, names, nameOf.firstMoment),
        secondMoments: tensorsOf(read, names, nameOf.secondMoment),
      };
    },

    restore: (saved) => {
      waiting = stateFeeds({
        weights: copyOf(saved.weights), // what is lent may change before it is moved
        firstMoments: copyOf(saved.firstMoments),
        secondMoments: copyOf(saved.secondMoments),
      });
      step = saved.step;
    },

    dispose: async () => {
      dispose(resident);
      dispose(noGradients ?? {});
      for (const each of sessions) await each.release();
    },
  };
}

/** Outputs of the gradient graphs that are read at once. */
const READ_BACK = ['loss', 'gradient_norm'];

function stateFeeds({ weights, firstMoments, secondMoments }: Omit<TrainingState, 'step'>): Feeds {
  return {
    ...feedsOf(weights, (name) => name),
    ...feedsOf(firstMoments, nameOf.firstMoment),
    ...feedsOf(secondMoments, nameOf.secondMoment),
  };
}

function copyOf(tensors: NamedTensors): NamedTensors {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}

/** The outputs of an update or a copy, by the names of the inputs. */
function successors(results: Feeds, names: readonly string[]): Feeds {
  return Object.fromEntries(names.map((name) => [name, results[nameOf.next(name)] as OrtTensor]));
}

function renamed(
  tensors: Feeds,
  names: readonly string[],
  from: (name: string) => string,
  to: (name: string) => string,
): Feeds {
  return Object.fromEntries(names.map((name) => [to(name), tensors[from(name)] as OrtTensor]));
}

function tensorsOf(feeds: Feeds, names: readonly string[], rename: (name: string) => string): NamedTensors {
  return new Map(
    names.map((name) => {
      const { dims, data } = feeds[rename(name)] as OrtTensor;
      return [name, { shape: dims, data: data as Float32Array }];
    }),
  );
}

/** Gives memory of the GPU back. */
function dispose(tensors: Feeds): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}
