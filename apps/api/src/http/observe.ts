/** Tells of each request when it is over, whatever its end. No review is told of: texts are not for logs. */
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { RequestEnvironment } from './environment.ts';
import { isServersOwn } from './problem.ts';

export interface RequestReport {
  readonly requestId: string;
  readonly client: string | undefined;
  readonly method: string;
  readonly path: string;
  /** The pattern that the path matched. */
  readonly route: string;
  readonly status: number;
  readonly elapsedMs: number;
  /** What made it a fault of the server. */
  readonly error?: unknown;
}

export type RequestListener = (report: RequestReport) => void;

export function observe(listen: RequestListener): MiddlewareHandler<RequestEnvironment> {
  return async (c, next) => {
    const started = performance.now();
    await next();
    listen({
      requestId: c.get('requestId'),
      client: c.get('client'),
      method: c.req.method,
      path: c.req.path,
      route: routePath(c, -1),
      status: c.res.status,
      elapsedMs: performance.now() - started,
      ...(c.error !== undefined && isServersOwn(c.error) && { error: c.error }),
    });
  };
}
