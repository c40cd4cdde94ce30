/** POST /v1/runs/:id/commands: asks a training that goes on to pause, save or stop. */
import { createRoute, z } from '@hono/zod-openapi';
import { OtzyvError } from '@otzyv/core';
import { RUN_COMMANDS, type RunCatalogue, sendCommand } from '@otzyv/trainer';
import { routes } from '../http/app-base.ts';
import { problems } from '../http/responses.ts';
import { followed, unknown } from './followed-runs.ts';

const commandSchema = z
  .strictObject({
    command: z.enum(RUN_COMMANDS).openapi({
      description:
        'pause, resume and checkpoint: between two steps. stop-after-epoch: evaluates, writes its results and ends; stop: saves and ends at once',
    }),
  })
  .openapi('RunCommand');

const commandsRoute = createRoute({
  method: 'post',
  path: '/v1/runs/{id}/commands',
  tags: ['runs'],
  summary: 'Pause a training, go on with it, save it or stop it',
  description:
    'The training hears it within a quarter of a second, and does it when the step it is in is over; its events tell so.',
  request: {
    params: z.object({ id: z.string() }),
    body: { required: true, content: { 'application/json': { schema: commandSchema } } },
  },
  responses: {
    202: {
      description: 'it was told',
      content: {
        'application/json': {
          schema: z.object({ id: z.string(), object: z.literal('run.command'), ...commandSchema.shape }),
        },
      },
    },
    ...problems(400, 401, 404, 409, 413, 415, 422, 429, 507),
  },
});

/** @param catalogue absent: the server follows no runs */
export function runCommandRoutes(catalogue: RunCatalogue | undefined) {
  return routes().openapi(commandsRoute, async (c) => {
    const { id } = c.req.valid('param');
    const { command } = c.req.valid('json');
    const run = (await followed(catalogue).find(id)) ?? unknown(id);
    await sendCommand(run.folder, command).catch((error: unknown) => {
      // it names the run as the server knows it, by a path
      const isIdle = error instanceof OtzyvError && error.code === 'run.not-running';
      throw isIdle ? notRunning(id) : error;
    });
    return c.json({ id, object: 'run.command' as const, command }, 202);
  });
}

function notRunning(id: string): OtzyvError {
  return new OtzyvError(
    'run.not-running',
    `no process is at work on the run "${id}"`,
    'If it has not come to its end, go on with it where it was begun: by the same command of otzyv, with --resume.',
  );
}
