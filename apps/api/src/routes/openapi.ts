/** GET /openapi.json: the description of all routes (OpenAPI 3.1), from the schemas that validate them. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Schema } from 'hono';
import type { RequestEnvironment } from '../http/environment.ts';
import { API_VERSION } from '../version.ts';

export function openApi<S extends Schema, Path extends string>(
  app: OpenAPIHono<RequestEnvironment, S, Path>,
  hasKeys: boolean,
) {
  if (hasKeys)
    app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' });
  return app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Otzyv',
      version: API_VERSION,
      description: 'Review classifiers over HTTP. Faults of /v1 are problem details (RFC 9457).',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    ...(hasKeys && { security: [{ key: [] }] }),
  });
}
