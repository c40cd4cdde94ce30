/** GET /v1/models, in OpenAI's shape, and GET /v1/models/:name: what is served, and how good it is. */
import { createRoute, z } from '@hono/zod-openapi';
import { routes } from '../http/app-base.ts';
import { problems } from '../http/responses.ts';
import type { ModelService } from '../models/model-service.ts';
import type { ModelRegistry } from '../models/registry.ts';

const modelSchema = z
  .object({
    id: z.string().openapi({ example: 'reviews' }),
    object: z.literal('model'),
    created: z.int().openapi({ description: 'when it was loaded, in Unix seconds' }),
    owned_by: z.literal('otzyv'),
    is_default: z.boolean(),
    kind: z.string().openapi({ example: 'bert' }),
    labels: z.array(z.string()),
  })
  .openapi('Model');

const detailsSchema = modelSchema
  .extend({
    max_length: z.int().nullable().openapi({ description: 'tokens at which texts are cut; null: never' }),
    metrics: z
      .record(z.string(), z.number())
      .openapi({ description: 'on the validation data it was chosen by' }),
    baseline: z
      .record(z.string(), z.number())
      .openapi({ description: 'the same metrics, for always answering the most frequent class' }),
    trained_rows: z.int().nullable(),
    created_at: z.string().nullable(),
  })
  .openapi('ModelDetails');

const listRoute = createRoute({
  method: 'get',
  path: '/v1/models',
  tags: ['models'],
  summary: 'The models that are served',
  responses: {
    200: {
      description: 'models',
      content: {
        'application/json': { schema: z.object({ object: z.literal('list'), data: z.array(modelSchema) }) },
      },
    },
    ...problems(401, 429),
  },
});

const detailsRoute = createRoute({
  method: 'get',
  path: '/v1/models/{name}',
  tags: ['models'],
  summary: 'One model: labels, metrics, card',
  request: { params: z.object({ name: z.string() }) },
  responses: {
    200: { description: 'the model', content: { 'application/json': { schema: detailsSchema } } },
    ...problems(401, 404, 429),
  },
});

export function modelRoutes(models: ModelRegistry) {
  const isDefault = (service: ModelService) => service === models.list()[0];
  return routes()
    .openapi(listRoute, (c) =>
      c.json(
        {
          object: 'list' as const,
          data: models.list().map((service) => described(service, isDefault(service))),
        },
        200,
      ),
    )
    .openapi(detailsRoute, (c) => {
      const service = models.get(c.req.valid('param').name);
      const { card, maxLength } = service.model;
      return c.json(
        {
          ...described(service, isDefault(service)),
          max_length: maxLength ?? null,
          metrics: card?.metrics ?? {},
          baseline: card?.baseline ?? {},
          trained_rows: card?.trainedOn.rows ?? null,
          created_at: card?.createdAt ?? null,
        },
        200,
      );
    });
}

function described({ spec, model, loadedAt }: ModelService, isDefault: boolean) {
  return {
    ...{ id: spec.name, object: 'model' as const, created: loadedAt, owned_by: 'otzyv' as const },
    ...{ is_default: isDefault, kind: model.kind, labels: [...model.labels] },
  };
}
