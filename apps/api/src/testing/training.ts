/** A training in a process of its own, as `otzyv train` is one: it can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const REVIEWS = fileURLToPath(
  new URL('../../../../test-fixtures/reviews/test-labelled.csv', import.meta.url),
);

const SCRIPT = `
import { resolveRunOptions, trainOrResume } from '@otzyv/trainer';
const options = resolveRunOptions(JSON.parse(process.argv[1]));
await trainOrResume(options, { listen: () => undefined });`;

/** Begins a small BERT, or goes on with it. */
export function startTraining(output: string): { process: ChildProcess; ended: Promise<unknown> } {
  const options = {
    ...{ model: 'micro', trainFile: REVIEWS, output, device: 'cpu', engine: 'onnx' },
    ...{ epochs: 1, saveSteps: 2, batchSize: 16, maxLength: 16, threads: 1 },
  };
  const args = ['--input-type=module', '--eval', SCRIPT, JSON.stringify(options)];
  // where its import is found
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  return { process: child, ended: once(child, 'close') };
}
