/**
 * Where tfjs computes: the first that is there of TensorFlow with CUDA, TensorFlow, WebAssembly and plain JavaScript.
 * All of it is imported here, and only when it is asked for. tfjs has one backend at a time in a process.
 */
import { createRequire } from 'node:module';
import { OtzyvError } from '@otzyv/core';
import { registerKernels } from './kernels.ts';

export type Tf = typeof import('@tensorflow/tfjs');

/** What tfjs runs on, by the name of the package, from the fastest to the slowest. */
export const TFJS_BACKENDS = ['tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu'] as const;
export type TfjsBackend = (typeof TFJS_BACKENDS)[number];

/** tfjs with a backend chosen. */
export interface TfjsRuntime {
  readonly tf: Tf;
  readonly backend: TfjsBackend;
  readonly device: 'cpu' | 'gpu';
  /** Why this backend, in words; of those before it, why not. */
  readonly reason: string;
  /** What is there for a GPU, and does not use one. */
  readonly warnings: readonly string[];
}

/**
 * @param candidates which to try, in this order
 * @throws OtzyvError `system.no-backend` when none of them can be had
 */
export async function loadTfjs(candidates: readonly TfjsBackend[] = TFJS_BACKENDS): Promise<TfjsRuntime> {
  const tf: Tf = await import('@tensorflow/tfjs');
  tf.enableProdMode(); // else it prints advice
  const missing: string[] = [];
  for (const backend of candidates) {
    try {
      const name = await LOADERS[backend]();
      if (tf.findBackendFactory(name) === null) throw new Error('it brought a tfjs-core of its own'); // two copies in the tree
      if (!(await withoutItsListeners(() => tf.setBackend(name))))
        throw new Error('its backend does not start');
    } catch (error) {
      missing.push(`${backend} ${whyNot(error)}`);
      continue;
    }
    if (backend === 'wasm' || backend === 'cpu') registerKernels(tf, backend);
    const device = isUsingGpu(tf) ? 'gpu' : 'cpu';
    const warnings = backend === 'tfjs-node-gpu' && device === 'cpu' ? [NO_GPU] : [];
    return { tf, backend, device, reason: [...missing, WHERE[backend][device]].join('; '), warnings };
  }
  throw new OtzyvError(
    'system.no-backend',
    `tfjs finds nothing to run on: ${missing.join('; ')}`,
    'Install what is missing (npm run setup:gpu for CUDA, npm ci for the rest), or use --engine onnx.',
  );
}

/** Each imports its package, and gives the name by which tfjs knows what it registered. */
const LOADERS: Record<TfjsBackend, () => Promise<string>> = {
  'tfjs-node-gpu': () => loadNative('@tensorflow/tfjs-node-gpu'),
  'tfjs-node': () => loadNative('@tensorflow/tfjs-node'),
  wasm: async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    return 'wasm';
  },
  cpu: async () => 'cpu',
};

const TENSORFLOW = { cpu: 'TensorFlow on the CPU', gpu: 'TensorFlow on the GPU' };

const WHERE: Record<TfjsBackend, { cpu: string; gpu?: string }> = {
  'tfjs-node-gpu': TENSORFLOW,
  'tfjs-node': TENSORFLOW,
  wasm: { cpu: 'WebAssembly on one thread of the CPU' },
  cpu: { cpu: 'plain JavaScript on one thread of the CPU' },
};

const NO_GPU = 'tfjs-node-gpu finds no GPU and uses the CPU; it needs CUDA 11.2 and cuDNN 8.1 (docs/gpu.md)';

/** These two are optional, and so unknown to the compiler. */
async function loadNative(name: string): Promise<string> {
  // node:util lost these in Node 23, and tfjs-node 4.22 still calls them
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1'; // warnings tell of CUDA libraries that are missing
  await import(name);
  return 'tensorflow';
}

/** Emscripten takes over what happens at a fault of the process: that is the application's. */
async function withoutItsListeners<T>(start: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = new Map(events.map((event) => [event, process.listeners(event as 'exit')]));
  try {
    return await start();
  } finally {
    for (const [event, known] of before) {
      for (const listener of process.listeners(event as 'exit')) {
        if (!known.includes(listener)) process.removeListener(event, listener);
      }
    }
  }
}

function isUsingGpu(tf: Tf): boolean {
  return (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
}

function whyNot(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_MODULE_NOT_FOUND') return 'is not installed';
  if (message.includes('tfjs_binding.node'))
    return 'is installed without its native part (npm run setup:gpu)';
  return `does not load (${message.split('\n', 1)[0]})`;
}
