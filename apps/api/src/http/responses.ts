/** What routes declare of their faults. */
import type { z } from '@hono/zod-openapi';
import { problemSchema } from './problem.ts';

const WHEN = {
  400: 'the body is not JSON',
  401: 'no valid API key',
  404: 'there is no such model or run, or it is not kept here',
  409: 'it is not finished, or not running',
  413: 'more than is taken at once',
  415: 'the body is of another type',
  422: 'the body is not what this route takes',
  429: 'more than this key may ask',
  503: 'the queue is full, a database does not answer, or the server is shutting down; see Retry-After',
  504: 'no answer in time',
  507: 'no space is left on the disk',
} as const;

type Status = keyof typeof WHEN;

/** @returns OpenAPI responses: a problem for each status */
export function problems<const S extends Status>(...statuses: S[]) {
  const entries = statuses.map((status) => [
    status,
    { description: WHEN[status], content: { 'application/problem+json': { schema: problemSchema } } },
  ]);
  return Object.fromEntries(entries) as Record<
    S,
    { description: string; content: { 'application/problem+json': { schema: typeof problemSchema } } }
  >;
}

/**
 * @param schema what a fault looks like there
 * @param when   by status
 * @returns OpenAPI responses
 */
export function faults<const Status extends number, Schema extends z.ZodType>(
  schema: Schema,
  when: Readonly<Record<Status, string>>,
) {
  const entries = Object.entries<string>(when).map(([status, description]) => [
    status,
    { description, content: { 'application/json': { schema } } },
  ]);
  return Object.fromEntries(entries) as Record<
    Status,
    { description: string; content: { 'application/json': { schema: Schema } } }
  >;
}
