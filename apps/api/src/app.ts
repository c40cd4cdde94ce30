/** The routes and what every request passes through on its way to them. */
import type { HttpBindings } from '@hono/node-server';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import type { ServerConfig } from './config.ts';
import { routes } from './http/app-base.ts';
import { sendProblem } from './http/problem.ts';
import type { ModelRegistry } from './models/registry.ts';
import { modelRoutes } from './routes/models.ts';
import { predictRoutes } from './routes/predict.ts';

export function createApp(models: ModelRegistry, { limits, corsOrigins }: ServerConfig) {
  const app = routes();
  app.use(requestId());
  app.use(secureHeaders());
  if (corsOrigins.length > 0) app.use(cors({ origin: corsOrigins.includes('*') ? '*' : [...corsOrigins] }));
  app.use(
    bodyLimit({
      maxSize: limits.maxBodyBytes,
      onError: (c) =>
        sendProblem(c, {
          ...{ type: 'about:blank', title: 'Content Too Large', status: 413, code: 'request.too-large' },
          detail: `the body is larger than ${limits.maxBodyBytes} bytes`,
          hint: 'Send fewer texts at a time.',
        }),
    }),
  );
  app.use(async (c, next) => {
    const { incoming } = (c.env ?? {}) as Partial<HttpBindings>;
    c.set('client', incoming?.socket.remoteAddress ?? 'local');
    await next();
  });
  app.notFound((c) =>
    sendProblem(c, {
      ...{ type: 'about:blank', title: 'Not Found', status: 404, code: 'request.not-found' },
      detail: `there is nothing at ${c.req.method} ${c.req.path}`,
      hint: 'See /docs for the routes.',
    }),
  );
  return app.route('/', predictRoutes(models, limits)).route('/', modelRoutes(models));
}
