/** The server's life: models are loaded, then the port is opened; at its end what was accepted is answered. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { OtzyvError } from '@otzyv/core';
import { createApp } from './app.ts';
import type { ServerConfig } from './config.ts';
import { openRegistry } from './models/registry.ts';

export interface RunningServer {
  readonly url: string;
  /** Takes nothing more, answers what was accepted, and gives everything back. */
  close(): Promise<void>;
}

export interface ServerOptions extends ServerConfig {
  readonly host: string;
  /** 0: any that is free */
  readonly port: number;
  /** How often the models' folders are looked at. */
  readonly refreshMs: number;
}

/** @throws OtzyvError `model.*`, `options.port` */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, refreshMs } = options;
  const models = await openRegistry(options.models, {
    onReload: () => undefined,
    onReloadFailed: () => undefined,
  });
  const server = createAdaptorServer({ fetch: createApp(models, options).fetch }) as Server;
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    await models.close();
    throw cannotListen(error as NodeJS.ErrnoException, host, port);
  }
  const timer = setInterval(() => void models.refresh(), refreshMs);
  const { address, port: opened, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${opened}`,
    close: async () => {
      clearInterval(timer);
      const closed = once(server, 'close');
      server.close(); // no new connections; those that are idle are ended by it
      await models.close();
      await closed;
    },
  };
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
