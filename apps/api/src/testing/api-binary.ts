/** The real binary, waited for until it says that it is ready. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

export const BIN = fileURLToPath(new URL('../../bin/otzyv-api.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface StartedApi {
  readonly process: ChildProcess;
  /** Resolves with the URL; rejects where the process ends without having one. */
  readonly ready: Promise<string>;
  readonly ended: Promise<Ended>;
  /** The lines of the log so far. */
  readonly log: readonly Record<string, unknown>[];
  /** Resolves when the log has such a line. */
  logged(msg: RegExp): Promise<void>;
}

const running = new Set<ChildProcess>();

/** For those that a failed test has left. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

const HOLD_TEXTS = fileURLToPath(new URL('hold-texts.mjs', import.meta.url));

/** @param heldText texts that hold this are not answered before SIGUSR2 */
export function startApi(args: readonly string[], cwd: string, heldText?: string): StartedApi {
  const [hold, env] = heldText === undefined ? [[], {}] : [['--import', HOLD_TEXTS], { HELD_TEXT: heldText }];
  const child = spawn(process.execPath, [...hold, BIN, ...args], { cwd, env: { ...process.env, ...env } });
  running.add(child);
  const log: Record<string, unknown>[] = [];
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal, stderr });
    });
  });
  const ready = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const entry = JSON.parse(line) as Record<string, unknown>;
      log.push(entry);
      if (entry['msg'] === 'ready') resolve(entry['url'] as string);
    });
    void ended.then(({ stderr: said }) => reject(new Error(said)));
  });
  ready.catch(() => undefined); // some tests wait for its end only
  const logged = (msg: RegExp) => until(() => log.some((entry) => msg.test(String(entry['msg']))));
  return { process: child, ready, ended, log, logged };
}
