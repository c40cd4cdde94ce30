/** Who asks: the name of a key, or without keys an address. Each key has its own limit of requests a minute. */
import type { HttpBindings } from '@hono/node-server';
import { OtzyvError } from '@otzyv/core';
import type { MiddlewareHandler } from 'hono';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { RequestEnvironment } from '../http/environment.ts';
import { TryLater } from '../try-later.ts';
import { type ApiKey, findKey } from './keys.ts';

/** @param keys absent: everybody may ask */
export function authenticate(keys: readonly ApiKey[] | undefined): MiddlewareHandler<RequestEnvironment> {
  if (keys === undefined) {
    return async (c, next) => {
      const { incoming } = (c.env ?? {}) as Partial<HttpBindings>;
      c.set('client', incoming?.socket.remoteAddress ?? 'local');
      await next();
    };
  }
  const limiters = new Map(
    keys.flatMap(({ name, requests_per_minute: points }) =>
      points === undefined ? [] : [[name, new RateLimiterMemory({ points, duration: 60 })]],
    ),
  );
  return async (c, next) => {
    const [, given] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    const key = findKey(keys, given ?? c.req.header('x-api-key') ?? '');
    if (key === undefined) {
      c.header('www-authenticate', 'Bearer');
      throw new OtzyvError('options.key', 'no valid API key', 'Send it as Authorization: Bearer KEY.');
    }
    await limiters.get(key.name)?.consume(key.name).catch(refuse);
    c.set('client', key.name);
    await next();
  };
}

function refuse(reason: unknown): never {
  if (reason instanceof RateLimiterRes) {
    const seconds = Math.max(1, Math.ceil(reason.msBeforeNext / 1000));
    throw new TryLater('system.rate-limited', 'this key has made too many requests', seconds);
  }
  throw reason;
}
