/** GET /: the page, as `src/page/build.js` has bundled it. It asks nobody but this server. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { etag } from 'hono/etag';
import { routes } from '../http/app-base.ts';

const FOLDER = new URL('../../dist/page/', import.meta.url);

const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/page/page.css', 'page.css', 'text/css; charset=utf-8'],
] as const;

export function pageRoutes() {
  const app = routes();
  for (const [path, name, type] of FILES) {
    app.get(path, etag(), async (c) => {
      const content = await readFile(fileURLToPath(new URL(name, FOLDER)));
      // another version of the server may have another page: it is asked for, and not sent again where it is the same
      return c.body(content, 200, { 'content-type': type, 'cache-control': 'no-cache' });
    });
  }
  return app;
}
