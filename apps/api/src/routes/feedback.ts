/** POST /v1/feedback: a label that a person corrected, kept to be trained on. */
import { createRoute, z } from '@hono/zod-openapi';
import { doubledLabels, OtzyvError } from '@otzyv/core';
import type { FeedbackStore } from '@otzyv/feedback';
import { UNCERTAIN_LABEL } from '@otzyv/trainer';
import { routes } from '../http/app-base.ts';
import { problems } from '../http/responses.ts';
import type { ModelRegistry } from '../models/registry.ts';
import type { RequestLimits } from '../request-limits.ts';

const LONGEST_LABEL = 200;
const LONGEST_COMMENT = 2000;

/** What a table of reviews and PostgreSQL can hold. */
function storable(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .refine((text) => !text.includes('\0'), 'a NUL character cannot be stored');
}

function requestSchema({ maxTextLength }: RequestLimits) {
  return z
    .strictObject({
      text: storable(maxTextLength)
        .refine((text) => text.trim() !== '', 'there is nothing in it to learn from')
        .openapi({ example: 'Кофеварка протекает' }),
      label: storable(LONGEST_LABEL)
        .trim()
        .min(1)
        .openapi({ example: 'бытовая техника', description: "the right one: one of the model's labels" }),
      new_label: z
        .boolean()
        .optional()
        .openapi({ description: 'true: the label may be one that the model does not have yet' }),
      model: z.string().optional().openapi({ description: 'whose answer it was; absent: the default' }),
      predicted_label: storable(LONGEST_LABEL).optional().openapi({ description: 'what was answered' }),
      confidence: z.number().min(0).max(1).optional().openapi({ description: 'of that answer' }),
      comment: storable(LONGEST_COMMENT).optional(),
      request_id: storable(LONGEST_LABEL)
        .optional()
        .openapi({ description: 'X-Request-Id of the answer; absent: that of this request' }),
    })
    .openapi('FeedbackRequest');
}

const storedSchema = z
  .object({
    id: z.int(),
    created_at: z.iso.datetime(),
    model: z.string(),
    label: z.string(),
    is_new_label: z.boolean(),
  })
  .openapi('Feedback');

/** @param store absent: nothing is kept */
export function feedbackRoutes(
  store: FeedbackStore | undefined,
  models: ModelRegistry,
  limits: RequestLimits,
) {
  const route = createRoute({
    method: 'post',
    path: '/v1/feedback',
    tags: ['feedback'],
    summary: 'Correct a label; of one text the latest correction counts',
    request: {
      body: { required: true, content: { 'application/json': { schema: requestSchema(limits) } } },
    },
    responses: {
      201: { description: 'it is stored', content: { 'application/json': { schema: storedSchema } } },
      ...problems(400, 401, 404, 413, 415, 422, 429, 503),
    },
  });
  return routes().openapi(route, async (c) => {
    if (store === undefined) throw notKept();
    const { text, label, new_label: mayBeNew = false, model, ...answered } = c.req.valid('json');
    const { spec, model: served } = models.get(model);
    const isNew = !served.labels.includes(label);
    if (isNew) refuseLabel(label, served.labels, mayBeNew);
    const { id, createdAt } = await store.add({
      ...{ text, label, model: spec.name, client: c.get('client') },
      ...{ predictedLabel: answered.predicted_label, confidence: answered.confidence },
      ...{ comment: answered.comment, requestId: answered.request_id ?? c.get('requestId') },
    });
    return c.json({ id, created_at: createdAt, model: spec.name, label, is_new_label: isNew }, 201);
  });
}

function notKept(): OtzyvError {
  return new OtzyvError(
    'system.not-kept',
    'this server keeps no feedback',
    'Start it with --data FOLDER, or --feedback and the URL of a PostgreSQL.',
  );
}

/** A slip of the pen would become a class, and one in other letters a class's double. */
function refuseLabel(label: string, labels: readonly string[], mayBeNew: boolean): void {
  const [twins] = doubledLabels([...labels, label]).filter((group) => group.includes(label));
  const twin = twins?.find((one) => one !== label);
  if (twin !== undefined) {
    const message = `label: "${label}" is "${twin}" in other letters`;
    throw new OtzyvError('labels.doubled', message, `Send "${twin}".`);
  }
  if (label === UNCERTAIN_LABEL) {
    throw new OtzyvError('labels.unknown', `label: «${label}» is no class`, 'Name the right class.');
  }
  if (mayBeNew) return;
  throw new OtzyvError(
    'labels.unknown',
    `label: the model has no "${label}"`,
    `Choose from ${labels.join(', ')}, or send "new_label": true.`,
  );
}
