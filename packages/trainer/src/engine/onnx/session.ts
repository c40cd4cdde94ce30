/**
 * Sessions of ONNX Runtime, made when they are first needed, and how they are made for each provider. On WebGPU a graph
 * is refused where one of its nodes would fall back to the CPU.
 */
import { InferenceSession, type Tensor as OrtTensor } from 'onnxruntime-node';
import type { DropoutSites } from './differentiable-ops.ts';
import type { Feeds } from './feeds.ts';
import type { TrainingGraph } from './graphs.ts';

/** A session and the graph it runs. */
export interface LazySession {
  run(feeds: (sites: DropoutSites) => Feeds, fetches?: Record<string, OrtTensor | null>): Promise<Feeds>;
  release(): Promise<void>;
}

/** @param optionsFor the names of the graph's outputs */
export function lazySession(
  build: () => TrainingGraph,
  optionsFor: (outputs: readonly string[]) => InferenceSession.SessionOptions,
): LazySession {
  let started: Promise<{ session: InferenceSession; sites: DropoutSites }> | undefined;
  const start = async () => {
    const { bytes, outputs, dropoutSites } = build();
    return { session: await InferenceSession.create(bytes, optionsFor(outputs)), sites: dropoutSites };
  };
  return {
    run: async (feeds, fetches) => {
      started ??= start();
      const { session, sites } = await started;
      return (await (fetches === undefined
        ? session.run(feeds(sites))
        : session.run(feeds(sites), fetches))) as Feeds;
    },
    release: async () => {
      // a session that did not start has said so where it was needed
      await (await started?.catch(() => undefined))?.session.release();
    },
  };
}

/** Outputs lie in the memory of the CPU, in arrays that may be given. */
export function hostSession(
  provider: 'cpu' | 'cuda',
  threads: number | undefined,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    // one plan of memory for each shape of batch, beside what the arena has already: twice the memory, no faster
    enableMemPattern: false,
    extra: {
      session: { disable_quant_qdq: '1' }, // else the masks of dropout are made once for each use
      optimization: { disable_specified_optimizers: 'CommonSubexpressionElimination' }, // it would undo Graph.again
    },
    ...(threads !== undefined && { intraOpNumThreads: threads }),
  };
}

/**
 * `getData()` of a tensor that lies on the GPU ends the process (onnxruntime-node 1.30): what is to be read must come out on
 * the CPU.
 * @param readBack outputs that lie on the CPU, where all others stay on the GPU; absent: all lie on the CPU
 */
export function webGpuSession(
  outputs: readonly string[],
  readBack?: readonly string[],
): InferenceSession.SessionOptions {
  return {
    // NHWC moves transpositions about; without validation a buffer that could not be had is read as zeros
    executionProviders: [{ name: 'webgpu', preferredLayout: 'NCHW', validationMode: 'basic' }],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 4, // what it reports is thrown as well
    extra: {
      session: { disable_cpu_ep_fallback: '1', disable_quant_qdq: '1' },
      // the one would undo Graph.again, the other permutes shapes, on the CPU
      optimization: { disable_specified_optimizers: 'CommonSubexpressionElimination;TransposeOptimizer' },
    },
    ...(readBack !== undefined && {
      preferredOutputLocation: Object.fromEntries(
        outputs.map((name) => [name, readBack.includes(name) ? 'cpu' : 'gpu-buffer'] as const),
      ),
    }),
  };
}
