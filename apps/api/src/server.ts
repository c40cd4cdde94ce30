/**
 * The server's life: models are loaded and warm before the port opens; at its end what was accepted is answered. Its threads
 * load the models while it loads the code of its own routes, so little is imported up here.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { OtzyvError } from '@otzyv/core';
import { openFeedbackStore } from '@otzyv/feedback';
import { makeFolder, openRunCatalogue } from '@otzyv/trainer';
import type { ApiKey } from './auth/keys.ts';
import { type BatchLimits, DEFAULT_BATCH_LIMITS } from './batches/batch-limits.ts';
import { watchConnections } from './http/connections.ts';
import type { RequestReport } from './http/observe.ts';
import type { ModelSpec } from './models/model-service.ts';
import { openRegistry } from './models/registry.ts';
import type { RequestLimits } from './request-limits.ts';

export interface ServerOptions {
  /** The first is the default. */
  readonly models: readonly ModelSpec[];
  readonly limits: RequestLimits;
  /** Absent: everybody may ask. */
  readonly keys?: readonly ApiKey[];
  /** Origins that browsers may ask from; `*`: any. */
  readonly corsOrigins?: readonly string[];
  /** The folder whose trainings are shown; absent: none are. */
  readonly runs?: string | undefined;
  /** A folder for batches, and for corrections unless `feedback` says otherwise; absent: neither is taken. */
  readonly data?: string;
  readonly batchLimits?: BatchLimits;
  /** Where corrections are kept: a file of SQLite or the URL of a PostgreSQL. */
  readonly feedback?: string;
  readonly host: string;
  /** 0: any that is free */
  readonly port: number;
  /** How often the models' folders are looked at. */
  readonly refreshMs: number;
  /** How long new requests are still answered once closing has begun, while `/readyz` sends them elsewhere (default: 0). */
  readonly drainMs?: number;
  /** How long clients may take to send the body they have begun, and again to read their answers, while the server closes (default: 5000). */
  readonly graceMs?: number;
  readonly listen: ServerListener;
}

/** What the server has to say. */
export type ServerEvent =
  | ({ readonly type: 'request' } & RequestReport)
  | { readonly type: 'batch.failed'; readonly id: string; readonly error: unknown }
  | { readonly type: 'model.reloaded'; readonly name: string }
  | { readonly type: 'model.reload-failed'; readonly name: string; readonly error: unknown };

export type ServerListener = (event: ServerEvent) => void;

export interface RunningServer {
  readonly url: string;
  /** Drains, takes nothing more, answers what was accepted, and gives everything back; nobody is waited for who asks nothing. */
  close(): Promise<void>;
}

/** @throws OtzyvError `model.*`, `options.port`, `run.locked`, and what `openFeedbackStore` throws */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const resources = new Resources();
  try {
    return await start(options, resources);
  } catch (error) {
    await resources.close();
    throw error;
  }
}

async function start(options: ServerOptions, resources: Resources): Promise<RunningServer> {
  const { host, port, refreshMs, drainMs = 0, graceMs = 5000, listen, limits, keys, runs, data } = options;
  const { corsOrigins = [], batchLimits = DEFAULT_BATCH_LIMITS } = options;
  if (data !== undefined) await makeFolder(data);
  const place = options.feedback ?? (data === undefined ? undefined : join(data, 'feedback.db'));
  const feedback = place === undefined ? undefined : await resources.keep(openFeedbackStore(place));
  const loading = openRegistry(options.models, {
    onReload: (name) => listen({ type: 'model.reloaded', name }),
    onReloadFailed: (name, error) => listen({ type: 'model.reload-failed', name, error }),
  });
  const [models, { createApp }, { openBatches }, { createTelemetry }, { createAdaptorServer }] =
    await Promise.all([
      resources.keep(loading),
      import('./app.ts'),
      import('./batches/batches.ts'),
      import('./telemetry.ts'),
      import('@hono/node-server'),
    ]);
  let isClosing = false;
  const telemetry = createTelemetry(models);
  const ending = new AbortController();
  const batches =
    data === undefined
      ? undefined
      : await resources.keep(
          openBatches({
            ...{ folder: data, models, requestLimits: limits, telemetry, limits: batchLimits },
            onFault: (id, error) => listen({ type: 'batch.failed', id, error }),
          }),
        );
  const app = createApp({
    ...{ models, limits, keys, corsOrigins, feedback, batches, telemetry, isClosing: () => isClosing },
    ...{ runs: runs === undefined ? undefined : openRunCatalogue(runs), ending: ending.signal },
    listen: (report) => {
      telemetry.request(report.route, report.method, report.status, report.elapsedMs);
      listen({ type: 'request', ...report });
    },
  });
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions: CONNECTIONS }) as Server;
  const connections = watchConnections(server);
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw cannotListen(error, host, port);
  });
  const timer = setInterval(() => {
    void models.refresh();
    void batches?.expire();
  }, refreshMs);
  const { address, port: opened, family } = server.address() as AddressInfo;
  const close = async () => {
    isClosing = true;
    clearInterval(timer);
    await sleep(drainMs);
    ending.abort();
    const closed = once(server, 'close');
    await arrivalsRead();
    // unlike http's own it leaves connections whose request is still on its way
    NetServer.prototype.close.call(server);
    await within(LAST_ARRIVALS_MS, closed);
    await arrivalsRead();
    connections.endIdle();
    await within(graceMs, closed);
    connections.cutUnsent();
    await resources.close(); // answers what was accepted
    await within(graceMs, closed);
    server.closeAllConnections();
    await closed;
  };
  let closing: Promise<void> | undefined;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${opened}`,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

interface Resource {
  close(): Promise<void>;
}

/** What was opened or is being opened, to be closed in the opposite order. */
class Resources {
  readonly #opened: Promise<Resource>[] = [];

  keep<T extends Resource>(opening: Promise<T>): Promise<T> {
    this.#opened.unshift(opening);
    return opening;
  }

  async close(): Promise<void> {
    for (const opening of this.#opened) {
      const resource = await opening.catch(() => undefined); // what could not be opened holds nothing
      await resource?.close();
    }
  }
}

const CONNECTIONS = {
  /** For a request to arrive whole: who sends slowly holds nothing else up. */
  requestTimeout: 60_000,
  /** Longer than the 60 seconds of common load balancers, which would else send a request into a closing connection. */
  keepAliveTimeout: 75_000,
};

/** How long an open connection may still begin a request. */
const LAST_ARRIVALS_MS = 100;

/** On a busy machine a timer may come before what arrived long ago: after a turn of the loop that was let in, after two it was read. */
async function arrivalsRead(): Promise<void> {
  await turn();
  await turn();
}

async function within(ms: number, done: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([done, sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  const reason = { EADDRINUSE: 'is taken', EACCES: 'is not for you to open', EADDRNOTAVAIL: 'is not here' }[
    error.code ?? ''
  ];
  if (reason === undefined) return error;
  return new OtzyvError('options.port', `${host}:${port} ${reason}`, 'Choose another --port or --host.', {
    cause: error,
  });
}
