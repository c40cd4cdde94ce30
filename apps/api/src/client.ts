/**
 * A typed client: paths, bodies and answers are those of the server's own schemas.
 * @example
 * const api = createClient('http://127.0.0.1:8000');
 * const response = await api.v1.predict.$post({ json: { text: 'Куртка тёплая, но рукава короткие' } });
 * if (response.ok) console.log((await response.json()).predictions);
 */
import { hc } from 'hono/client';
import type { App } from './app.ts';

export function createClient(url: string, { apiKey }: { readonly apiKey?: string } = {}) {
  return hc<App>(url, apiKey === undefined ? {} : { headers: { authorization: `Bearer ${apiKey}` } });
}
