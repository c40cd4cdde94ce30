/** While the server closes, a client that keeps its connection is told to open another: elsewhere. */
import type { MiddlewareHandler } from 'hono';

export function lastAnswers(isClosing: () => boolean): MiddlewareHandler {
  return async (c, next) => {
    await next();
    if (isClosing()) c.header('connection', 'close');
  };
}
