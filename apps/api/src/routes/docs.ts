/** GET /openapi.json, made from the schemas that validate, and /docs, a page to read and try it on; nothing from elsewhere. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { routes } from '../http/app-base.ts';

const ASSETS = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const TYPES = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
} as const;

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Otzyv API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<body><div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/begin.js"></script>
`;

const BEGIN = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#docs', deepLinking: true });`;

export function docsRoutes() {
  const app = routes();
  app.get('/docs', (c) => c.html(PAGE));
  app.get('/docs/begin.js', (c) => c.body(BEGIN, 200, { 'content-type': 'text/javascript' }));
  for (const [name, type] of Object.entries(TYPES)) {
    app.get(`/docs/${name}`, async (c) =>
      c.body(await readFile(join(ASSETS, name)), 200, {
        'content-type': type,
        'cache-control': 'public, max-age=86400',
      }),
    );
  }
  return app;
}
