/** A model that is served: threads that answer, and the queue before them. */
import { availableParallelism } from 'node:os';
import { createDrift, type Drift } from '../drift/drift.ts';
import type { referenceOf } from '../drift/reference.ts';
import {
  type Answered,
  createBatchingQueue,
  type QueueLimits,
  type TextsRequest,
} from '../inference/batching-queue.ts';
import type { ServedModel, WorkerOptions } from '../inference/worker-messages.ts';
import { startWorkers, type TextAnswer } from '../inference/worker-pool.ts';
import { folderVersion } from './folder-version.ts';

/** Which model under which name, and how it is run. */
export interface ModelSpec extends WorkerOptions {
  readonly name: string;
  /** threads that hold a copy of the model each */
  readonly workers: number;
  readonly limits: QueueLimits;
}

export interface ModelService {
  readonly spec: ModelSpec;
  readonly model: ServedModel;
  /** What answers: another where the folder, the dtype or the device is another. */
  readonly version: string;
  /** Unix seconds. */
  readonly loadedAt: number;
  /** How its answers differ from those to its own data. */
  readonly drift: Drift;
  /** See `BatchingQueue.ask`. */
  ask(request: TextsRequest): Promise<Answered<TextAnswer>>;
  load(): { readonly texts: number; readonly tokens: number };
  /** Answers what was accepted, then ends the threads. */
  close(): Promise<void>;
}

/** @param version of its folder, see `folderVersion` @throws OtzyvError `model.*` when the model cannot be loaded */
export async function openModel(spec: ModelSpec, version: string): Promise<ModelService> {
  const { workers, limits, name: _, ...options } = spec;
  const isCurrent = async () => (await folderVersion(spec.folder)) === version;
  const pool = await startWorkers({ threads: threadsOf(workers), ...options, workers, isCurrent });
  const { maxLength = LONGEST_LINEAR } = pool.model;
  const queue = createBatchingQueue({ run: pool.run, workers, maxLength, limits });
  const { labels, card } = pool.model;
  const drift = createDrift(labels.length, card?.classCounts);
  const closing = new AbortController();
  compare(spec.folder, pool.model, queue.ask, closing.signal).then(drift.compareWith, () => {
    // given up, or a file that cannot be read: there is nothing to compare with
  });
  return {
    spec,
    version: [version, spec.dtype, spec.device].join(' '),
    drift,
    model: pool.model,
    loadedAt: Math.floor(Date.now() / 1000),
    ask: queue.ask,
    load: queue.load,
    close: async () => {
      closing.abort();
      await queue.close();
      await pool.close();
    },
  };
}

/** A linear model cuts nothing: for its turns a long text counts as this many tokens. */
const LONGEST_LINEAR = 512;

/** All cores between the workers. */
function threadsOf(workers: number): number {
  return Math.max(1, Math.floor(availableParallelism() / workers));
}

/** Loaded late, as nobody waits for it. */
async function compare(...asked: Parameters<typeof referenceOf>): ReturnType<typeof referenceOf> {
  const { referenceOf } = await import('../drift/reference.ts');
  return referenceOf(...asked);
}
