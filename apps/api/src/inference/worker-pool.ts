/**
 * Threads that each hold one copy of a model. One that ends is replaced; what it was answering fails as lost, for the
 * queue to ask again.
 */
import { Worker } from 'node:worker_threads';
import { OtzyvError } from '@otzyv/core';
import type { Reading } from '@otzyv/trainer';
import { TryLater } from '../try-later.ts';
import { WorkerLost } from './batching-queue.ts';
import type { FromWorker, ServedModel, WorkerOptions } from './worker-messages.ts';

/** What a model says of one text. */
export interface TextAnswer {
  /** [classes] */
  readonly probabilities: Float32Array;
  readonly isTruncated: boolean;
  readonly isEmpty: boolean;
  /** Tokens or words, and how many of them the model has never seen. */
  readonly reading: Reading;
}

export interface WorkerPool {
  readonly model: ServedModel;
  /** Of as many batches at once as there are workers. @throws WorkerLost, TryLater `system.reloading` */
  run(texts: readonly string[]): Promise<TextAnswer[]>;
  /** Ends the threads when they have answered: ending one in the middle of ONNX Runtime's work ends the process. */
  close(): Promise<void>;
}

export interface PoolOptions extends WorkerOptions {
  readonly workers: number;
  /** What a thread runs (default: `worker.ts`). */
  readonly script?: URL;
  /** Whether the folder holds what it held at first: a thread with another model must not replace one that has ended. */
  readonly isCurrent?: () => Promise<boolean>;
}

/** A batch that takes longer has hung its thread. */
const LONGEST_BATCH_MS = 60_000;

/** From the sources, as tests run, the built file is taken: Node's threads read no TypeScript. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/inference/worker.js' : './worker.js',
  import.meta.url,
);

/** @throws OtzyvError `model.*` when the model cannot be loaded */
export async function startWorkers({
  workers: count,
  isCurrent = async () => true,
  ...each
}: PoolOptions): Promise<WorkerPool> {
  const started = await Promise.allSettled(Array.from({ length: count }, () => startThread(each)));
  const threads = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await Promise.all(threads.map((thread) => thread.end()));
    throw failed.reason;
  }
  const { model } = threads[0] as Thread;
  const idle: Promise<Thread>[] = threads.map((thread) => Promise.resolve(thread));
  const running = new Set<Promise<unknown>>();
  let isClosed = false;
  const startAnother = async () => {
    const thread = await startThread(each);
    if (await isCurrent()) return thread;
    await thread.end();
    throw new TryLater('system.reloading', 'the model is just being replaced by another', 1);
  };
  const alive = (place: Promise<Thread>): Promise<Thread> =>
    place.then(
      (thread) => (thread.hasEnded() && !isClosed ? startAnother() : thread),
      (error) => (isClosed ? Promise.reject(error) : startAnother()),
    );
  const runOne = async (texts: readonly string[]) => {
    const place = idle.pop();
    if (place === undefined) throw new Error('more batches than workers');
    const thread = alive(place); // it may have ended while it was idle
    try {
      return await (await thread).answer(texts);
    } finally {
      const next = alive(thread);
      next.catch(() => undefined); // the next batch is told
      idle.push(next);
    }
  };
  return {
    model,
    run: (texts) => {
      const batch = runOne(texts).finally(() => running.delete(batch));
      running.add(batch);
      return batch;
    },
    close: async () => {
      isClosed = true;
      await Promise.allSettled(running); // whoever asked may have gone
      const all = await Promise.allSettled(idle);
      await Promise.all(all.map((one) => one.status === 'fulfilled' && one.value.end()));
    },
  };
}

interface Thread {
  readonly model: ServedModel;
  answer(texts: readonly string[]): Promise<TextAnswer[]>;
  hasEnded(): boolean;
  end(): Promise<void>;
}

function startThread({
  script = WORKER,
  ...options
}: Omit<PoolOptions, 'workers' | 'isCurrent'>): Promise<Thread> {
  const worker = new Worker(script, { workerData: options });
  let hasEnded = false;
  let onAnswer: (message: Exclude<FromWorker, { type: 'ready' }>) => void = () => undefined;
  let onEnd: (error: Error) => void = () => undefined;
  let asked = 0;
  const answer = (model: ServedModel) => (texts: readonly string[]) =>
    new Promise<TextAnswer[]>((resolve, reject) => {
      if (hasEnded) return reject(new WorkerLost('an inference thread ended while it was idle'));
      const id = ++asked;
      const timer = setTimeout(() => void worker.terminate(), LONGEST_BATCH_MS);
      onEnd = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      onAnswer = (message) => {
        if (message.id !== id) return;
        clearTimeout(timer);
        if (message.type === 'failed') reject(revived(message.error));
        else resolve(rowsOf(message, model.labels.length));
      };
      worker.postMessage({ id, texts });
    });
  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'ready') {
        resolve({
          model: message.model,
          answer: answer(message.model),
          hasEnded: () => hasEnded,
          end: async () => void (await worker.terminate()),
        });
      } else if (message.type === 'failed' && message.id === undefined) reject(revived(message.error));
      else onAnswer(message);
    });
    const ended = (reason: string) => {
      hasEnded = true;
      const lost = new WorkerLost(`an inference thread ended: ${reason}`);
      reject(lost);
      onEnd(lost);
    };
    worker.on('error', (error) => ended((error as Error).message));
    worker.on('exit', (code) => ended(`exit code ${code}`));
  });
}

function rowsOf(
  { probabilities, truncated, empty, readings }: Extract<FromWorker, { type: 'answered' }>,
  classes: number,
): TextAnswer[] {
  return truncated.map((isTruncated, i) => ({
    probabilities: probabilities.subarray(i * classes, (i + 1) * classes),
    isTruncated,
    isEmpty: empty[i] as boolean,
    reading: readings[i] as Reading,
  }));
}

function revived({ code, message, hint }: Extract<FromWorker, { type: 'failed' }>['error']): OtzyvError {
  return new OtzyvError(code, message, hint);
}
