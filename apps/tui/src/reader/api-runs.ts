/**
 * Runs of another machine, through its API: where they stand as JSON, what happens as server-sent events. A connection that
 * breaks is taken up again after the last event that came, so nothing is missed and nothing counted twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { OtzyvError } from '@otzyv/core';
import { INITIAL_RUN_STATE, parseEvent, type RunState } from '@otzyv/trainer/run-state';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { z } from 'zod';
import type { RunNews, RunSource, RunSummary } from './run-source.ts';

export interface ApiOptions {
  readonly apiKey?: string | undefined;
  /** before the first new attempt; each further one waits twice as long, up to `longestWaitMs` */
  readonly waitMs?: number;
  readonly longestWaitMs?: number;
}

const runSchema = z.object({
  id: z.string(),
  status: z.enum(['running', 'finished', 'interrupted', 'failed', 'killed']),
  is_paused: z.boolean().default(false), // servers of earlier versions do not tell
  model: z.string().nullable(),
  epoch: z.number(),
  epochs: z.number().nullable(),
  step: z.number(),
  total_steps: z.number().nullable(),
  progress: z.number().nullable(),
  time_left_ms: z.number().nullable(),
  metric: z.string().nullable(),
  best: z.object({ metrics: z.record(z.string(), z.number()) }).nullable(),
  updated_at: z.string().nullable(),
});
const listSchema = z.object({ data: z.array(runSchema) });
const detailsSchema = z.object({
  running_since: z.string().nullable(),
  last_event_id: z.string().nullable(),
  // what a server of an earlier version does not know of is as in a run that has told nothing
  state: z
    .custom<Partial<RunState>>((state) => typeof state === 'object' && state !== null)
    .transform((state): RunState => ({ ...INITIAL_RUN_STATE, ...state })),
});
const processSchema = z.object({ runningSince: z.string().nullable() });
const problemSchema = z.object({ code: z.string(), detail: z.string(), hint: z.string().optional() });

/** @param url of a server that was started with `--runs` */
export function apiRuns(
  url: string,
  { apiKey, waitMs = 500, longestWaitMs = 10_000 }: ApiOptions = {},
): RunSource {
  const base = url.replace(/\/+$/, '');
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (apiKey !== undefined) headers.set('authorization', `Bearer ${apiKey}`);
    const response = await fetch(`${base}${path}`, { ...init, headers }).catch((error: unknown) => {
      if (init.signal?.aborted) throw error;
      throw new OtzyvError(
        'system.unreachable',
        `${base} does not answer: ${causeOf(error)}`,
        'Check the address, and that otzyv-api runs there.',
      );
    });
    if (!response.ok) throw await refusalOf(response, base);
    return response;
  };
  const read = async <T>(schema: z.ZodType<T>, path: string, signal?: AbortSignal): Promise<T> => {
    const response = await ask(path, signal === undefined ? {} : { signal });
    const parsed = schema.safeParse(await response.json().catch(() => undefined));
    if (parsed.success) return parsed.data;
    throw new OtzyvError(
      'system.unreachable',
      `${base}${path} answers something else than otzyv-api does`,
      'Check the address.',
    );
  };

  return {
    place: base,
    list: async () => (await read(listSchema, '/v1/runs')).data.map(summaryOf),
    async *follow(id, signal) {
      const path = `/v1/runs/${encodeURIComponent(id)}`;
      const details = await read(detailsSchema, path, signal);
      yield [{ kind: 'state', state: details.state, runningSince: details.running_since }];
      let lastId = details.last_event_id;
      let isBroken = false;
      for (let failures = 0; !signal.aborted; ) {
        try {
          const headers: Record<string, string> = lastId === null ? {} : { 'last-event-id': lastId };
          const response = await ask(`${path}/events`, { headers, signal });
          if (isBroken) yield [{ kind: 'connection', isBroken: false }];
          [isBroken, failures] = [false, 0];
          if (response.status === 204 || response.body === null) return; // the run is over, and all was told
          for await (const { event: name, id: eventId, data } of messagesOf(response.body)) {
            lastId = eventId ?? lastId;
            const news = newsOf(name, data);
            if (news !== undefined) yield [news];
          }
        } catch (error) {
          if (signal.aborted) return;
          if (error instanceof OtzyvError && !mayPass(error)) throw error;
          if (!isBroken) yield [{ kind: 'connection', isBroken: true }];
          isBroken = true;
        }
        const wait = Math.min(longestWaitMs, waitMs * 2 ** failures++);
        await sleep(wait, undefined, { signal }).catch(() => undefined);
      }
    },
    send: async (id, command) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ command });
      await ask(`/v1/runs/${encodeURIComponent(id)}/commands`, { method: 'POST', headers, body });
    },
    resumeCommand: (_, { options }) => `npx otzyv train --resume ${options?.output ?? 'FOLDER'}`,
  };
}

function summaryOf(run: z.infer<typeof runSchema>): RunSummary {
  const { id, status, model, epoch, epochs, step, progress, metric } = run;
  return {
    ...{ id, status, model, epoch, epochs, step, progress, metric },
    ...{
      isPaused: run.is_paused,
      totalSteps: run.total_steps,
      timeLeftMs: run.time_left_ms,
      updatedAt: run.updated_at,
    },
    ...{ best: run.best?.metrics[metric ?? ''] ?? null, losses: [] },
  };
}

function newsOf(name: string | undefined, data: string): RunNews | undefined {
  if (name === 'reset') return { kind: 'reset' };
  if (name === 'process') {
    const parsed = processSchema.safeParse(JSON.parse(data));
    return parsed.success ? { kind: 'process', ...parsed.data } : undefined;
  }
  const event = name === undefined ? parseEvent(data) : undefined;
  return event && { kind: 'event', event };
}

async function* messagesOf(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
  yield* body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
}

/** What the server says when it will not; our own codes, where it is one of ours. */
async function refusalOf(response: Response, base: string): Promise<OtzyvError> {
  const { status } = response;
  const problem = problemSchema.safeParse(await response.json().catch(() => undefined));
  if (status === 401 || status === 403)
    return new OtzyvError(
      'options.api-key',
      `${base} asks for an API key${status === 403 ? ' that may do this' : ''}`,
      'Give it with --api-key, or as OTZYV_API_KEY.',
    );
  const code = problem.success ? problem.data.code : '';
  if (problem.success && isCode(code))
    return new OtzyvError(code, problem.data.detail, problem.data.hint ?? 'Ask who runs the server.');
  return new OtzyvError(
    status >= 500 || status === 429 ? 'system.unreachable' : 'run.unknown',
    `${base} answers ${status}`,
    'Check the address, and that otzyv-api runs there with --runs.',
  );
}

function isCode(code: string): code is OtzyvError['code'] {
  return /^(data|labels|options|model|hub|run|system|internal)\../.test(code);
}

/** A server that is away, or has too much to do, may be back. */
function mayPass({ code }: OtzyvError): boolean {
  return code.startsWith('system.');
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : String(cause);
}
