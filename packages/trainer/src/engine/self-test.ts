/**
 * A training step of a tiny BERT, and a product of matrices, on an engine and a device: does it compute, as the others
 * do, and how fast.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BertConfig } from '../model/bert-config.ts';
import { bertParameters, initialTensor } from '../model/bert-parameters.ts';
import { DEFAULT_ADAMW } from './adamw.ts';
import type { Engine, EngineOptions, LabelledBatch } from './engine.ts';

/** An engine with what it computes on: a device of ONNX Runtime, a backend of tfjs. */
export interface TestedEngine {
  readonly engine: 'onnx' | 'tfjs';
  readonly on: string;
}

export type SelfTest =
  | {
      readonly works: true;
      /** of two steps, which every engine must agree on */
      readonly losses: readonly number[];
      readonly stepMs: number;
      /** of a product of matrices; only ONNX Runtime is asked */
      readonly gigaflops?: number;
      /** where it computes: tfjs-node-gpu without its CUDA does so on the CPU */
      readonly device: 'cpu' | 'gpu';
    }
  | { readonly works: false; readonly why: string };

const TIME_LIMIT_MS = 180_000;

/** In a process of its own, since a broken driver takes its process along. */
export function selfTest({ engine, on }: TestedEngine): Promise<SelfTest> {
  const own = import.meta.url;
  const worker = fileURLToPath(new URL(`./self-test-worker${own.endsWith('.ts') ? '.ts' : '.js'}`, own));
  return new Promise((resolve) => {
    const child = fork(worker, [engine, on], { stdio: 'ignore', execArgv: [], timeout: TIME_LIMIT_MS });
    child.once('message', (result: SelfTest) => {
      resolve(result);
      child.kill('SIGKILL'); // some native parts do not end in good order, and nothing is left to lose
    });
    child.once('error', ({ message }) => resolve({ works: false, why: message }));
    child.once('exit', (code, signal) =>
      resolve({
        works: false,
        why: `its process ended without an answer (${signal ?? `exit code ${code}`})`,
      }),
    );
  });
}

const CONFIG: BertConfig = {
  ...{ vocabularySize: 64, hiddenSize: 32, layers: 2, heads: 4, intermediateSize: 64 },
  ...{ activation: 'gelu', hiddenDropout: 0.1, attentionDropout: 0.1, classifierDropout: 0.1 },
  ...{ maxPositions: 32, tokenTypes: 2, initializerRange: 0.1, layerNormEpsilon: 1e-12, padTokenId: 0 },
};

/** The model and the loss of the step. */
export function selfTestOptions(): EngineOptions {
  const weights = bertParameters(CONFIG, 3).map(
    (spec) => [spec.name, initialTensor(spec, CONFIG, 1)] as const,
  );
  return {
    ...{ config: CONFIG, weights: new Map(weights) },
    objective: { kind: 'classification', classes: 3, loss: { kind: 'cross-entropy' } },
    ...{ optimizer: DEFAULT_ADAMW, maxGradNorm: 1, seed: 1 },
  };
}

const [TEXTS, TOKENS] = [4, 16];

function batch(): LabelledBatch {
  const ids = (of: (i: number) => number) =>
    BigInt64Array.from({ length: TEXTS * TOKENS }, (_, i) => BigInt(of(i)));
  return {
    ...{ batch: TEXTS, time: TOKENS },
    inputIds: ids((i) => 1 + ((i * 7) % (CONFIG.vocabularySize - 1))),
    attentionMask: ids((i) => Number(i % TOKENS < 12)),
    tokenTypeIds: ids(() => 0),
    labels: BigInt64Array.from([0n, 1n, 2n, 1n]),
  };
}

/** Two steps; the time is that of the second, since the first compiles. */
export async function twoSteps(engine: Engine): Promise<{ losses: number[]; stepMs: number }> {
  const { loss: first } = await engine.trainStep([batch()], 1e-2);
  const start = performance.now();
  const { loss: second } = await engine.trainStep([batch()], 1e-2);
  return { losses: [first, second], stepMs: performance.now() - start };
}
