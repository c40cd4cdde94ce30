/** POST /v1/classify as vLLM and SGLang have it: probabilities in the order of the labels, and the most probable one's name. */
import { createRoute, z } from '@hono/zod-openapi';
import { routes } from '../../http/app-base.ts';
import { faults } from '../../http/responses.ts';
import type { Classify } from '../../inference/classify.ts';
import type { RequestLimits } from '../../request-limits.ts';

const answerSchema = z
  .object({
    id: z.string(),
    object: z.literal('list'),
    created: z.int().openapi({ description: 'Unix seconds' }),
    model: z.string(),
    data: z.array(
      z.object({
        index: z.int(),
        label: z.string(),
        probs: z.array(z.number()).openapi({ description: 'in the order of the labels of GET /v1/models' }),
        num_classes: z.int(),
      }),
    ),
    usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int(), completion_tokens: z.literal(0) }),
  })
  .openapi('ClassifyResponse');

const errorSchema = z
  .object({
    error: z.object({ message: z.string(), type: z.string(), param: z.null(), code: z.int() }),
  })
  .openapi('ClassifyError');

const FAULTS = faults(errorSchema, {
  400: 'no input, or none that is taken',
  401: 'no valid API key',
  404: 'there is no such model',
  413: 'the body is too large',
  415: 'the body is no JSON by its Content-Type',
  429: 'more than this key may ask; see Retry-After',
  503: 'too much is waiting, or the server is shutting down; see Retry-After',
});

function classifyRoute({ maxTexts, maxTextLength }: RequestLimits) {
  const text = z.string().max(maxTextLength);
  const probabilities = z.literal(true, { error: 'probs are probabilities; logits are not given' }).nullish();
  const requestSchema = z
    .object({
      model: z.string().nullish().openapi({ description: 'its name; absent: the default' }),
      input: z
        .union([text, z.array(text).min(1).max(maxTexts)], {
          error: `a text of at most ${maxTextLength} characters, or a list of 1 to ${maxTexts}`,
        })
        .openapi({ example: ['Куртка тёплая, но рукава короткие'] }),
      ...{ use_activation: probabilities, activation: probabilities, softmax: probabilities },
    })
    .openapi('ClassifyRequest');
  return createRoute({
    method: 'post',
    path: '/v1/classify',
    tags: ['vLLM'],
    summary: 'Probabilities of one text or many',
    request: { body: { required: true, content: { 'application/json': { schema: requestSchema } } } },
    responses: {
      200: { description: 'answers', content: { 'application/json': { schema: answerSchema } } },
      ...FAULTS,
    },
  });
}

export function vllmClassify(classify: Classify, limits: RequestLimits) {
  return routes().openapi(classifyRoute(limits), async (c) => {
    const { input, model } = c.req.valid('json');
    const { service, answers } = await classify({
      texts: [input].flat(),
      ...{ model: model ?? undefined, client: c.get('client'), signal: c.req.raw.signal },
    });
    const tokens = answers.reduce((sum, { reading }) => sum + reading.tokens, 0);
    return c.json(
      {
        ...{ id: `classify-${c.get('requestId')}`, object: 'list' as const },
        ...{ created: Math.floor(Date.now() / 1000), model: service.spec.name },
        data: answers.map(({ label, probabilities }, index) => ({
          ...{ index, label, probs: [...probabilities], num_classes: probabilities.length },
        })),
        usage: { prompt_tokens: tokens, total_tokens: tokens, completion_tokens: 0 as const },
      },
      200,
    );
  });
}
