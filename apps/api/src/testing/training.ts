/** A training in a process of its own, as `otzyv train` is one: it can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const REVIEWS = fileURLToPath(
  new URL('../../../../test-fixtures/reviews/test-labelled.csv', import.meta.url),
);

/** The log is written before `listen` is told: where it never comes back, the training stands still with all of it told. */
const SCRIPT = `
import { resolveRunOptions, trainOrResume } from '@otzyv/trainer';
const [options, isHeld] = JSON.parse(process.argv[1]);
let isSaved = false;
const listen = ({ type }) => {
  if (isHeld && isSaved && type === 'step') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  isSaved ||= type === 'checkpoint';
};
await trainOrResume(resolveRunOptions(options), { listen });`;

/**
 * Begins a small BERT, or goes on with it.
 * @param isHeld whether it stands still, until it is killed, at the step after its first checkpoint
 */
export function startTraining(
  output: string,
  isHeld: boolean,
  epochs = 1,
): { process: ChildProcess; ended: Promise<unknown> } {
  const options = {
    ...{ model: 'micro', trainFile: REVIEWS, output, device: 'cpu', engine: 'onnx' },
    ...{ epochs, saveSteps: 2, batchSize: 16, maxLength: 16, threads: 1 },
  };
  const args = ['--input-type=module', '--eval', SCRIPT, JSON.stringify([options, isHeld])];
  // where its import is found
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  return { process: child, ended: once(child, 'close') };
}
