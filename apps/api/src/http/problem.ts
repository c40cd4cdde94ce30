/**
 * Every error of our own routes as a problem (RFC 9457): what was wrong and where, what to do, and a code that programs
 * match on.
 */

import { z } from '@hono/zod-openapi';
import { OtzyvError } from '@otzyv/core';
import { HTTPException } from 'hono/http-exception';
import { TryLater } from '../try-later.ts';

export const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'about:blank' }),
    title: z.string().openapi({ example: 'Unprocessable Content' }),
    status: z.int().openapi({ example: 422 }),
    detail: z.string().openapi({ example: 'texts.3: expected string, received number' }),
    code: z.string().openapi({ example: 'request.invalid', description: 'area and fault, for programs' }),
    hint: z.string().optional().openapi({ description: 'what to do' }),
    request_id: z.string().optional(),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .optional()
      .openapi({ description: 'each fault of the body, by JSON pointer' }),
  })
  .openapi('Problem');

export type Problem = z.infer<typeof problemSchema>;

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  499: 'Client Closed Request',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage',
};

const HTTP_HINTS: Readonly<Record<number, string>> = {
  400: 'Send a JSON object in UTF-8.',
  415: 'Send JSON, with the header Content-Type: application/json; a file to /v1/batches as text/csv.',
};

/** What our errors mean over HTTP; a fault that is not listed is ours. */
const STATUS: readonly [code: RegExp, status: number][] = [
  [/^options\.key$/, 401],
  [/^((model|run|data)\.unknown|system\.not-kept)$/, 404],
  [/^(data\.not-finished|run\.not-running)$/, 409],
  [/^system\.too-large$/, 413],
  [/^system\.rate-limited$/, 429],
  [/^system\.(overloaded|closing|reloading|store-unavailable)$/, 503],
  [/^system\.cancelled$/, 499],
  [/^system\.timeout$/, 504],
  [/^system\.disk-full$/, 507],
  [/^(data|labels|options)\./, 422],
];

type Told = readonly [detail: string, hint: string];

/** What a fault of ours says may hold a path, a host or a text: that is for the log only. */
const MISTAKE: Told = [
  'the server has made a mistake',
  'Report it with the id of the request or the batch: the log has it.',
];

/** Told instead of what these say. */
const INSTEAD: Readonly<Record<string, Told>> = {
  'system.store-unavailable': ['the database of corrections does not answer', 'Try again later.'],
  'system.disk-full': ["no space is left on the server's disk", 'Try again later.'],
};

export interface Fault {
  readonly problem: Problem;
  readonly retryAfterSeconds?: number;
}

export function faultOf(error: unknown): Fault {
  if (error instanceof HTTPException) {
    const detail = error.message || (TITLES[error.status] ?? 'refused');
    return { problem: problem(error.status, 'request.refused', detail, HTTP_HINTS[error.status]) };
  }
  if (!(error instanceof OtzyvError)) return { problem: problem(500, 'internal.fault', ...MISTAKE) };
  const status = STATUS.find(([pattern]) => pattern.test(error.code))?.[1];
  const told = status === undefined ? MISTAKE : (INSTEAD[error.code] ?? [error.message, error.hint]);
  return {
    problem: problem(status ?? 500, status === undefined ? 'internal.fault' : error.code, ...told),
    ...(error instanceof TryLater && { retryAfterSeconds: error.retryAfterSeconds }),
  };
}

/** Whether it is for the log: whoever asked can do nothing about it, and is not told the cause. */
export function isServersOwn(error: unknown): boolean {
  if (error instanceof HTTPException) return error.status >= 500;
  const { code, status } = faultOf(error).problem;
  return status === 500 || code in INSTEAD;
}

/** @param code area and fault, for programs */
export function problem(status: number, code: string, detail: string, hint?: string): Problem {
  return {
    ...{ type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, code },
    ...(hint !== undefined && { hint }),
  };
}

/** A body that is JSON and not what was asked for. */
export function invalidBody(error: z.ZodError): Problem {
  const errors = error.issues.map(({ path, message }) => ({
    pointer: path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    detail: message,
  }));
  const [first] = error.issues;
  const place = first === undefined || first.path.length === 0 ? '' : `${first.path.join('.')}: `;
  return {
    ...problem(422, 'request.invalid', `${place}${first?.message ?? 'the body is not valid'}`),
    hint: 'See /docs for what each route takes.',
    errors,
  };
}
