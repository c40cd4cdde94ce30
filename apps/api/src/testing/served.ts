/** A server on the linear model that all tests share. */
import { mkdtempSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { DEFAULT_LIMITS } from '../request-limits.ts';
import { type RunningServer, type ServerOptions, startServer } from '../server.ts';

/** Of a queue that no test fills by chance. */
export const QUEUE = { maxTexts: 5000, maxTokens: 500_000, batchTokens: 2048, maxWaitMs: 0 };

export interface Served {
  readonly server: RunningServer;
  /** the run that is served as `reviews` */
  readonly run: string;
  /** whose runs are shown; a test may write into it */
  readonly folder: string;
  stop(): Promise<void>;
}

export async function serveLinear(options: Partial<ServerOptions> = {}): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'otzyv-api-'));
  const run = join(folder, 'run');
  await cp(inject('trainedRun'), run, { recursive: true, preserveTimestamps: true });
  const server = await startServer({
    models: [{ name: 'reviews', folder: run, workers: 1, limits: QUEUE }],
    limits: DEFAULT_LIMITS,
    runs: folder,
    ...{ host: '127.0.0.1', port: 0, refreshMs: 50, graceMs: 100, listen: () => undefined },
    ...options,
  });
  const stop = async () => {
    await server.close();
    await rm(folder, { recursive: true });
  };
  return { server, run, folder, stop };
}

/** As a client without types would: what comes back is JSON of any shape. */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  return get(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export async function get(url: string, request: RequestInit = {}) {
  const response = await fetch(url, request);
  return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
}

/** Texts accepted and not answered yet, of the default model. */
export async function queuedTexts(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/otzyv_queue_texts\{.*\} (\d+)/.exec(metrics)?.[1]);
}
