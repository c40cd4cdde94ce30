/** A Hono app that validates by zod and tells of every fault as a problem. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { RequestEnvironment } from './environment.ts';
import { invalidBody, problemOf, sendProblem } from './problem.ts';

export function routes(): OpenAPIHono<RequestEnvironment> {
  const app = new OpenAPIHono<RequestEnvironment>({
    defaultHook: (result, c) => (result.success ? undefined : sendProblem(c, invalidBody(result.error))),
  });
  app.onError((error, c) => sendProblem(c, problemOf(error)));
  return app;
}
