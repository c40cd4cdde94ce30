/**
 * A fault in the shape that the route's clients know: problem details (RFC 9457) on our own routes, and what
 * text-embeddings-inference, Hugging Face and vLLM answer on theirs.
 */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Fault, Problem } from './problem.ts';

interface Shape {
  readonly type: string;
  statusOf(problem: Problem): number;
  /** @param problem with the status that is sent */
  body(problem: Problem, requestId: string | undefined): unknown;
}

const OWN: Shape = {
  type: 'application/problem+json',
  statusOf: ({ status }) => status,
  body: (problem, requestId) => ({ ...problem, ...(requestId !== undefined && { request_id: requestId }) }),
};

const JSON_TYPE = 'application/json';

const TEI: Shape = {
  type: JSON_TYPE,
  statusOf: ({ status, code }) => {
    if (code === 'data.empty') return 400;
    if (code === 'system.overloaded') return 429; // their clients come again by themselves
    return status === 500 || status === 504 ? 424 : status;
  },
  body: ({ status, code, detail, hint }) => ({
    error: sentences(detail, hint),
    error_type:
      code === 'data.empty'
        ? 'Empty'
        : (({ 424: 'Backend', 429: 'Overloaded', 503: 'Unhealthy' } as Record<number, string>)[status] ??
          'Validation'),
  }),
};

const HUGGING_FACE: Shape = {
  type: JSON_TYPE,
  statusOf: ({ status, code }) => {
    // at a 503 their JavaScript client asks again at once, and for ever
    if (code === 'system.overloaded') return 429;
    return status === 422 ? 400 : status;
  },
  body: ({ detail, hint }) => ({ error: sentences(detail, hint) }),
};

/** As OpenAI's. */
const VLLM: Shape = {
  type: JSON_TYPE,
  statusOf: ({ status }) => (status === 422 ? 400 : status),
  body: ({ status, detail, hint }) => ({
    error: {
      message: sentences(detail, hint),
      type: VLLM_TYPES[status] ?? (status < 500 ? 'BadRequestError' : 'InternalServerError'),
      param: null,
      code: status,
    },
  }),
};

const VLLM_TYPES: Readonly<Record<number, string>> = {
  401: 'AuthenticationError',
  404: 'NotFoundError',
  429: 'RateLimitError',
  503: 'ServiceUnavailableError',
};

const SHAPES: readonly [path: RegExp, shape: Shape][] = [
  [/^\/(predict|info|health)$/, TEI],
  [/^\/models\//, HUGGING_FACE],
  [/^\/v1\/classify$/, VLLM],
];

export function sendFault(c: Context, { problem, retryAfterSeconds }: Fault): Response {
  const shape = SHAPES.find(([path]) => path.test(c.req.path))?.[1] ?? OWN;
  const status = shape.statusOf(problem);
  const body = shape.body({ ...problem, status }, c.get('requestId') as string | undefined);
  return c.body(JSON.stringify(body), status as ContentfulStatusCode, {
    'content-type': shape.type,
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  });
}

function sentences(detail: string, hint: string | undefined): string {
  return hint === undefined ? detail : `${detail}. ${hint}`;
}
