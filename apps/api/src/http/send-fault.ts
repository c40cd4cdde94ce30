/**
 * A fault in the shape that the route's clients know: problem details (RFC 9457) on our own routes, and what
 * text-embeddings-inference, Hugging Face and vLLM answer on theirs.
 */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Fault, Problem } from './problem.ts';

interface Shape {
  readonly type: string;
  /** by the problem's status; others stay as they are */
  readonly status?: Readonly<Record<number, number>>;
  body(problem: Problem, requestId: string | undefined): unknown;
}

const OWN: Shape = {
  type: 'application/problem+json',
  body: (problem, requestId) => ({ ...problem, ...(requestId !== undefined && { request_id: requestId }) }),
};

const JSON_TYPE = 'application/json';

/** Its error types, by status; 424 is a fault of the model. */
const TEI_TYPES: Readonly<Record<number, string>> = {
  400: 'Empty',
  413: 'Validation',
  422: 'Validation',
  424: 'Backend',
  429: 'Overloaded',
  503: 'Unhealthy',
};

const TEI: Shape = {
  type: JSON_TYPE,
  status: { 500: 424, 504: 424 },
  body: ({ status, code, detail, hint }) => ({
    error: sentences(detail, hint),
    error_type: code === 'system.overloaded' ? 'Overloaded' : (TEI_TYPES[status] ?? 'Validation'),
  }),
};

const HUGGING_FACE: Shape = {
  type: JSON_TYPE,
  status: { 422: 400 },
  body: ({ detail, hint }) => ({ error: sentences(detail, hint) }),
};

/** As OpenAI's. */
const VLLM: Shape = {
  type: JSON_TYPE,
  status: { 422: 400 },
  body: ({ status, detail, hint, code }) => ({
    error: {
      message: sentences(detail, hint),
      type: status === 404 ? 'NotFoundError' : status < 500 ? 'BadRequestError' : 'InternalServerError',
      param: null,
      code,
    },
  }),
};

const SHAPES: readonly [path: RegExp, shape: Shape][] = [
  [/^\/(predict|info|health)$/, TEI],
  [/^\/models\//, HUGGING_FACE],
  [/^\/v1\/classify$/, VLLM],
];

export function sendFault(c: Context, { problem, retryAfterSeconds }: Fault): Response {
  const shape = SHAPES.find(([path]) => path.test(c.req.path))?.[1] ?? OWN;
  // the queue's being full is a 429 to them: their clients come again by themselves
  const asked = shape === TEI && problem.code === 'system.overloaded' ? 429 : problem.status;
  const status = shape.status?.[asked] ?? asked;
  const body = shape.body({ ...problem, status }, c.get('requestId') as string | undefined);
  return c.body(JSON.stringify(body), status as ContentfulStatusCode, {
    'content-type': shape.type,
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  });
}

function sentences(detail: string, hint: string | undefined): string {
  return hint === undefined ? detail : `${detail}. ${hint}`;
}
