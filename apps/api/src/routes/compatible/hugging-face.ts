/** POST /models/:name as Hugging Face's inference has it for text classification; its clients unwrap the outer list. */
import { createRoute, z } from '@hono/zod-openapi';
import { routes } from '../../http/app-base.ts';
import { faults } from '../../http/responses.ts';
import { type Classify, rankedScores } from '../../inference/classify.ts';
import type { RequestLimits } from '../../request-limits.ts';
import { scoresSchema } from './scores-schema.ts';

const errorSchema = z.object({ error: z.string() }).openapi('HuggingFaceError');

const FAULTS = faults(errorSchema, {
  400: 'inputs or parameters that are none',
  401: 'no valid API key',
  404: 'there is no such model',
  413: 'the body is too large',
  415: 'the body is no JSON by its Content-Type',
  429: 'too much is waiting; see Retry-After',
  503: 'the server is shutting down',
});

function modelRoute({ maxTexts, maxTextLength }: RequestLimits) {
  const text = z.string().max(maxTextLength);
  const requestSchema = z
    .object({
      inputs: z
        .union([text, z.array(text).min(1).max(maxTexts)], {
          error: `a text of at most ${maxTextLength} characters, or a list of 1 to ${maxTexts}`,
        })
        .openapi({ example: 'Куртка тёплая, но рукава короткие' }),
      parameters: z
        .object({
          top_k: z.int().min(1).nullish().openapi({ description: 'so many classes; absent: all' }),
          function_to_apply: z
            .literal('softmax', { error: 'scores are probabilities, by softmax' })
            .nullish(),
        })
        .nullish(),
    })
    .openapi('HuggingFaceRequest');
  return createRoute({
    method: 'post',
    path: '/models/{name}',
    tags: ['Hugging Face inference'],
    summary: 'Scores of each text, the highest first',
    request: {
      params: z.object({ name: z.string() }),
      body: { required: true, content: { 'application/json': { schema: requestSchema } } },
    },
    responses: {
      200: {
        description: 'a list of scores for each text, also for one',
        content: { 'application/json': { schema: z.array(scoresSchema) } },
      },
      ...FAULTS,
    },
  });
}

export function huggingFaceInference(classify: Classify, limits: RequestLimits) {
  return routes().openapi(modelRoute(limits), async (c) => {
    const { inputs, parameters } = c.req.valid('json');
    const { service, answers } = await classify({
      texts: [inputs].flat(),
      ...{ model: c.req.valid('param').name, client: c.get('client'), signal: c.req.raw.signal },
    });
    const shown = parameters?.top_k ?? service.model.labels.length;
    const scores = answers.map(({ probabilities }) =>
      rankedScores(probabilities, service.model.labels).slice(0, shown),
    );
    return c.json(scores, 200);
  });
}
