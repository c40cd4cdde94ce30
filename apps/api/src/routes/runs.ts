/** GET /v1/runs and /v1/runs/:id: the trainings in the folder that the server was started with, and where each stands. */
import { createRoute, z } from '@hono/zod-openapi';
import type { RunCatalogue, RunOverview } from '@otzyv/trainer';
import { type RunEvaluation, shareDone, timeLeftMs } from '@otzyv/trainer/run-state';
import { routes } from '../http/app-base.ts';
import { problems } from '../http/responses.ts';
import { followed, unknown } from './followed-runs.ts';
import { detailsSchema, runSchema } from './run-schemas.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/v1/runs',
  tags: ['runs'],
  summary: 'The trainings, those that go on first',
  responses: {
    200: {
      description: 'runs',
      content: {
        'application/json': { schema: z.object({ object: z.literal('list'), data: z.array(runSchema) }) },
      },
    },
    ...problems(401, 404, 429),
  },
});

const detailsRoute = createRoute({
  method: 'get',
  path: '/v1/runs/{id}',
  tags: ['runs'],
  summary: 'One training: its curve, evaluations and log lines',
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: { description: 'the run', content: { 'application/json': { schema: detailsSchema } } },
    ...problems(401, 404, 429),
  },
});

/** @param catalogue absent: the server follows no runs */
export function runRoutes(catalogue: RunCatalogue | undefined) {
  return routes()
    .openapi(listRoute, async (c) => {
      const runs = await followed(catalogue).list();
      return c.json({ object: 'list' as const, data: runs.map(summaryOf) }, 200);
    })
    .openapi(detailsRoute, async (c) => {
      const { id } = c.req.valid('param');
      const run = (await followed(catalogue).read(id)) ?? unknown(id);
      const { runningSince, position, state } = run;
      return c.json({ ...summaryOf(run), running_since: runningSince, last_event_id: position, state }, 200);
    });
}

function summaryOf({ id, status, state }: RunOverview): z.input<typeof runSchema> {
  const { options } = state;
  return {
    ...{ id, object: 'run' as const, status, phase: state.phase },
    ...{ model: options?.model ?? null, epoch: state.epoch, epochs: options?.epochs ?? null },
    ...{ step: state.step, total_steps: state.totalSteps, progress: shareDone(state) },
    time_left_ms: status === 'running' ? timeLeftMs(state) : null,
    ...{ is_paused: state.isPaused, stop_requested: state.stopRequested },
    ...{ metric: options?.metric ?? null, best: state.best && withoutClasses(state.best) },
    ...{ started_at: state.startedAt, updated_at: state.updatedAt, elapsed_ms: state.elapsedMs },
  };
}

function withoutClasses({ step, epoch, metrics }: RunEvaluation) {
  return { step, epoch, metrics };
}
