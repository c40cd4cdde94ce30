/**
 * A run in a process of its own, so that several go at once: a linear fit is JavaScript, which has one thread, and ONNX
 * Runtime shares a step among cores less well than cores share several runs. What the system kills, or a driver breaks,
 * is that run only. Signals are the parent's to handle: it asks its runs to save, and they also do where it is gone.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OtzyvError, type OtzyvErrorCode } from '@otzyv/core';
import type { RunOutcome } from './carry-out.ts';
import type { RunEvent } from './events.ts';
import type { RunOptions } from './options.ts';
import type { RunContext } from './trainer.ts';

/** What the process is told. */
export type Order =
  | { readonly type: 'train'; readonly options: RunOptions; readonly fetch: RunContext['fetch'] }
  | { readonly type: 'abort' };

/** What it answers: events, and one end. */
export type Answer =
  | { readonly type: 'event'; readonly event: RunEvent }
  | { readonly type: 'ended'; readonly outcome: RunOutcome }
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly hint: string };

/** So much of what it writes to stderr is kept, for the case that it says nothing else. */
const LAST_WORDS = 500;

/**
 * `trainOrResume`, elsewhere.
 * @throws OtzyvError what the run throws; `system.process-ended` where its process does not come to an end of its own
 */
export function trainInOwnProcess(options: RunOptions, context: RunContext): Promise<RunOutcome> {
  const { listen, signal, fetch } = context;
  return new Promise((resolve, reject) => {
    const child = fork(worker(), [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
      serialization: 'advanced',
      // out of the terminal's group, whose Ctrl-C may hit it before it can say that it is for the parent to handle
      detached: process.platform !== 'win32',
    });
    const order = (what: Order) => {
      if (child.connected) child.send(what, () => undefined); // one that is gone has said so, or ends below
    };
    const abort = () => order({ type: 'abort' });
    const kill = () => child.kill('SIGKILL');
    let lastWords = '';
    const end = () => {
      signal?.removeEventListener('abort', abort);
      process.off('exit', kill);
      kill(); // some native parts do not end in good order, and nothing is left to lose
    };
    child.stderr?.on('data', (chunk: Buffer) => {
      lastWords = (lastWords + chunk).slice(-LAST_WORDS);
    });
    child.on('message', (answer: Answer) => {
      if (answer.type === 'event') return listen(answer.event);
      end();
      if (answer.type === 'ended') return resolve(answer.outcome);
      reject(new OtzyvError(answer.code as OtzyvErrorCode, answer.message, answer.hint));
    });
    child.once('error', reject);
    child.once('exit', (code, received) => {
      end();
      // who stops a service may signal all its processes; one that is just starting is ended by it
      const isStopped = signal?.aborted && (received === 'SIGINT' || received === 'SIGTERM');
      if (isStopped) return resolve({ status: 'interrupted', step: 0 });
      reject(processEnded(received ?? `exit code ${code}`, lastWords));
    });
    process.once('exit', kill);
    signal?.addEventListener('abort', abort);
    order({ type: 'train', options, fetch });
    if (signal?.aborted) abort();
  });
}

/** The sources have no worker of their own: Node runs what was built. */
function worker(): string {
  const own = import.meta.url;
  const path = own.endsWith('.ts') ? '../../dist/training/own-process-worker.js' : './own-process-worker.js';
  return fileURLToPath(new URL(path, own));
}

function processEnded(how: string, lastWords: string): OtzyvError {
  const said = lastWords.trim().split('\n').at(-1);
  return new OtzyvError(
    'system.process-ended',
    `its process ended without a word (${how}${said ? `: ${said}` : ''})`,
    'Where memory is short, choose fewer --jobs. What was saved can be gone on with.',
  );
}
