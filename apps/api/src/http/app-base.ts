/** A Hono app that validates by zod and tells of every fault as a problem. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { RequestEnvironment } from './environment.ts';
import { faultOf, invalidBody } from './problem.ts';
import { sendFault } from './send-fault.ts';

export function routes(): OpenAPIHono<RequestEnvironment> {
  const app = new OpenAPIHono<RequestEnvironment>({
    defaultHook: (result, c) =>
      result.success ? undefined : sendFault(c, { problem: invalidBody(result.error) }),
  });
  app.onError((error, c) => sendFault(c, faultOf(error)));
  return app;
}
