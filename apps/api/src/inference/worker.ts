/** The thread in which a model answers: ONNX Runtime blocks the one it is called on. */
import { parentPort, workerData } from 'node:worker_threads';
import { OtzyvError } from '@otzyv/core';
import { loadClassifier } from '@otzyv/trainer';
import type { FromWorker, ToWorker, WorkerOptions } from './worker-messages.ts';

const say = (message: FromWorker, transfer: ArrayBuffer[] = []) => parentPort?.postMessage(message, transfer);

/** An error loses its class on the way to another thread. */
function described(error: unknown): Extract<FromWorker, { type: 'failed' }>['error'] {
  if (error instanceof OtzyvError) return { code: error.code, message: error.message, hint: error.hint };
  return {
    code: 'internal.fault',
    message: error instanceof Error ? error.message : String(error),
    hint: 'This is a fault of Otzyv: please report it.',
  };
}

const { folder, ...options } = workerData as WorkerOptions;
try {
  const classifier = await loadClassifier(folder, { ...options, offline: true });
  await classifier.predict(['разогрев']); // the first answer pays for what later ones find ready
  const { kind, labels, maxLength, card } = classifier;
  parentPort?.on('message', ({ id, texts }: ToWorker) => {
    classifier.predict(texts).then(
      ({ probabilities, truncated, empty, readings = texts.map(() => ({ tokens: 0, unknown: 0 })) }) =>
        say({ type: 'answered', id, probabilities, truncated, empty, readings }, [
          probabilities.buffer as ArrayBuffer,
        ]),
      (error: unknown) => say({ type: 'failed', id, error: described(error) }),
    );
  });
  say({ type: 'ready', model: { kind, labels, maxLength, card } });
} catch (error) {
  say({ type: 'failed', id: undefined, error: described(error) });
  parentPort?.close();
}
