/**
 * GET /v1/runs/:id/events: a training's events as they happen, as server-sent events. Each bears the place in the log after it
 * as its id, so who comes back with Last-Event-ID misses none and gets none twice.
 */
import { createRoute, z } from '@hono/zod-openapi';
import { followRun, type RunCatalogue, type RunChange } from '@otzyv/trainer';
import { canGoOn } from '@otzyv/trainer/run-state';
import { routes } from '../http/app-base.ts';
import { problems } from '../http/responses.ts';
import { streamPlaces } from '../http/stream-places.ts';
import type { Telemetry } from '../telemetry.ts';
import { followed, unknown } from './followed-runs.ts';

const MOST_STREAMS = 200;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no', // nginx would hold them back
};

const eventsRoute = createRoute({
  method: 'get',
  path: '/v1/runs/{id}/events',
  tags: ['runs'],
  summary: 'What a training tells, followed live',
  description:
    'Server-sent events. Those without a name are lines of events.jsonl. `reset`: the run was overwritten, what was told so far does ' +
    'not count. `process`: whether a process is at work on it. The stream ends after run.finished, but for one that was stopped.',
  request: {
    params: z.object({ id: z.string() }),
    query: z.object({
      after: z
        .string()
        .optional()
        .openapi({ description: 'an event id; the header Last-Event-ID goes before it' }),
    }),
    headers: z.object({ 'last-event-id': z.string().optional() }),
  },
  responses: {
    200: { description: 'events', content: { 'text/event-stream': { schema: z.string() } } },
    204: { description: 'the run is finished, and all of it was told: do not come again' },
    ...problems(401, 404, 429, 503),
  },
});

/** @param ending aborted when the server ends: the streams do not keep it */
export function runEventRoutes(
  catalogue: RunCatalogue | undefined,
  telemetry: Telemetry,
  ending: AbortSignal,
) {
  const places = streamPlaces(MOST_STREAMS, telemetry.streams);
  return routes().openapi(eventsRoute, async (c) => {
    const { id } = c.req.valid('param');
    const run = (await followed(catalogue).find(id)) ?? unknown(id);
    const after = c.req.valid('header')['last-event-id'] ?? c.req.valid('query').after ?? null;
    if (run.state.end !== null && !canGoOn(run.state.end) && after !== null && after === run.position)
      return c.body(null, 204);
    if (c.req.method === 'HEAD') return c.body(null, 200, HEADERS); // nobody would read the stream
    const place = places.take(c.get('client'));
    const gone = new AbortController();
    const signal = AbortSignal.any([gone.signal, place.taken, ending, c.req.raw.signal]);
    signal.addEventListener('abort', place.giveBack);
    async function* messages() {
      try {
        for await (const changes of followRun(run.folder, { after, signal }))
          yield changes.map(messageOf).join('');
      } finally {
        place.giveBack();
      }
    }
    return c.body(streamOf(messages(), gone), 200, HEADERS);
  });
}

function messageOf(change: RunChange): string {
  switch (change.kind) {
    case 'event':
      return `id: ${change.position}\ndata: ${JSON.stringify(change.event)}\n\n`;
    case 'reset':
      return 'event: reset\ndata: {}\n\n';
    case 'process':
      return `event: process\ndata: ${JSON.stringify({ runningSince: change.runningSince })}\n\n`;
    case 'quiet':
      return ': still here\n\n';
  }
}

/** Asks for a message only when the one before it is on its way, and lets go at once when the client goes. */
function streamOf(messages: AsyncGenerator<string>, gone: AbortController): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await messages.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel: async () => {
        gone.abort();
        await messages.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
