/** GET /healthz: the process lives. /readyz: its models are loaded and warm, and it is not shutting down. /metrics. */
import { createRoute, z } from '@hono/zod-openapi';
import { routes } from '../http/app-base.ts';
import type { Telemetry } from '../telemetry.ts';

const statusSchema = z.object({ status: z.enum(['ok', 'closing']) });
const answer = (description: string) => ({
  description,
  content: { 'application/json': { schema: statusSchema } },
});

const healthRoute = createRoute({
  method: 'get',
  path: '/healthz',
  tags: ['operation'],
  summary: 'Whether the process lives',
  security: [],
  responses: { 200: answer('it does') },
});

const readyRoute = createRoute({
  method: 'get',
  path: '/readyz',
  tags: ['operation'],
  summary: 'Whether requests may be sent here',
  security: [],
  responses: { 200: answer('they may'), 503: answer('the server is shutting down') },
});

/** @param isClosing whether the server has begun to shut down; before it is ready it does not listen */
export function healthRoutes(isClosing: () => boolean) {
  return routes()
    .openapi(healthRoute, (c) => c.json({ status: 'ok' as const }, 200))
    .openapi(readyRoute, (c) =>
      isClosing() ? c.json({ status: 'closing' as const }, 503) : c.json({ status: 'ok' as const }, 200),
    );
}

const metricsRoute = createRoute({
  method: 'get',
  path: '/metrics',
  tags: ['operation'],
  summary: 'Counters for Prometheus',
  responses: { 200: { description: 'text', content: { 'text/plain': { schema: z.string() } } } },
});

export function metricsRoutes(telemetry: Telemetry) {
  return routes().openapi(metricsRoute, async (c) =>
    c.text(await telemetry.text(), 200, { 'content-type': telemetry.contentType }),
  );
}
