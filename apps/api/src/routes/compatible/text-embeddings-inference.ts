/**
 * POST /predict, GET /info and GET /health as text-embeddings-inference has them, for the default model. One trap of theirs is
 * left out: two texts in a list are one *pair* there, and get one answer; here they are refused.
 */
import { createRoute, z } from '@hono/zod-openapi';
import { OtzyvError } from '@otzyv/core';
import { routes } from '../../http/app-base.ts';
import { faults } from '../../http/responses.ts';
import { type Classified, type Classify, rankedScores } from '../../inference/classify.ts';
import type { ModelRegistry } from '../../models/registry.ts';
import type { RequestLimits } from '../../request-limits.ts';
import { API_VERSION } from '../../version.ts';
import { scoresSchema } from './scores-schema.ts';

const TAGS = ['text-embeddings-inference'];

const errorSchema = z
  .object({
    error: z.string(),
    error_type: z.enum(['Empty', 'Validation', 'Tokenizer', 'Backend', 'Overloaded', 'Unhealthy']),
  })
  .openapi('TeiError');

const FAULTS = faults(errorSchema, {
  400: 'nothing to classify',
  401: 'no valid API key',
  413: 'the body is too large',
  415: 'the body is no JSON by its Content-Type',
  422: 'inputs that are none, or too many',
  424: 'the model failed',
  429: 'too much is waiting; see Retry-After',
  503: 'the server is shutting down',
});

function predictRoute({ maxTexts, maxTextLength }: RequestLimits) {
  const text = z.string().max(maxTextLength);
  const requestSchema = z
    .object({
      inputs: z
        .union([text, z.array(text), z.array(z.array(text)).max(maxTexts)], {
          error: `a text of at most ${maxTextLength} characters, or a batch of at most ${maxTexts}: [["a"], ["b"]]`,
        })
        .openapi({ example: [['Куртка тёплая, но рукава короткие'], ['Кроссовки развалились']] }),
      truncate: z.boolean().nullish().openapi({ description: 'false: refuse texts that would be cut' }),
      truncation_direction: z.literal(['right', 'Right'], { error: 'texts are cut on the right' }).optional(),
      raw_scores: z.literal(false, { error: 'scores are probabilities; logits are not given' }).optional(),
    })
    .openapi('TeiPredictRequest');
  return createRoute({
    method: 'post',
    path: '/predict',
    tags: TAGS,
    summary: 'Scores of all classes, the highest first',
    request: { body: { required: true, content: { 'application/json': { schema: requestSchema } } } },
    responses: {
      200: {
        description: 'scores; for a batch a list of them',
        content: { 'application/json': { schema: z.union([scoresSchema, z.array(scoresSchema)]) } },
      },
      ...FAULTS,
    },
  });
}

const infoRoute = createRoute({
  method: 'get',
  path: '/info',
  tags: TAGS,
  summary: 'The default model, and what is taken',
  responses: {
    200: {
      description: 'see text-embeddings-inference',
      content: { 'application/json': { schema: z.record(z.string(), z.unknown()) } },
    },
  },
});

const healthRoute = createRoute({
  method: 'get',
  path: '/health',
  tags: TAGS,
  summary: 'Whether requests may be sent here',
  security: [],
  responses: { 200: { description: 'they may' }, 503: FAULTS[503] },
});

export function textEmbeddingsInference(
  classify: Classify,
  models: ModelRegistry,
  limits: RequestLimits,
  isClosing: () => boolean,
) {
  return routes()
    .openapi(predictRoute(limits), async (c) => {
      const started = performance.now();
      const { inputs, truncate } = c.req.valid('json');
      const { texts, isBatch } = textsOf(inputs);
      const classified = await classify({ texts, client: c.get('client'), signal: c.req.raw.signal });
      if (truncate === false) refuseTruncated(classified);
      const { service, answers, waitedMs, ranMs } = classified;
      const scores = answers.map(({ probabilities }) => rankedScores(probabilities, service.model.labels));
      const times = {
        'x-total-time': performance.now() - started,
        'x-tokenization-time': 0, // is a part of the next but one
        'x-queue-time': waitedMs,
        'x-inference-time': ranMs,
      };
      for (const [name, ms] of Object.entries(times)) c.header(name, String(Math.round(ms)));
      return c.json(isBatch ? scores : (scores[0] as (typeof scores)[number]), 200);
    })
    .openapi(infoRoute, (c) => c.json(infoOf(models, limits), 200))
    .openapi(healthRoute, (c) => {
      if (isClosing()) throw new OtzyvError('system.closing', 'the server is shutting down', 'Ask another.');
      return c.body(null, 200);
    });
}

function textsOf(inputs: string | string[] | string[][]): { texts: string[]; isBatch: boolean } {
  if (typeof inputs === 'string') return { texts: [inputs], isBatch: false };
  const [first] = inputs;
  if (first === undefined)
    throw new OtzyvError('data.empty', 'inputs is empty', 'Send a text, or [["a"], ["b"]].');
  if (typeof first === 'string') {
    if (inputs.length === 1) return { texts: [first], isBatch: false };
    throw pair('inputs');
  }
  const texts = (inputs as string[][]).map((one, i) => {
    const [text] = one;
    if (text === undefined || one.length > 1) throw pair(`inputs.${i}`);
    return text;
  });
  return { texts, isBatch: true };
}

function pair(place: string): OtzyvError {
  return new OtzyvError(
    'data.pair',
    `${place}: a list of texts means one pair of them, and reviews are no pairs`,
    'Send a batch as {"inputs": [["a"], ["b"]]}: a list for each text.',
  );
}

function refuseTruncated({ answers, service }: Classified): void {
  const cut = answers.findIndex(({ isTruncated }) => isTruncated);
  if (cut === -1) return;
  throw new OtzyvError(
    'data.too-long',
    `text ${cut} has more than ${service.model.maxLength} tokens`,
    'Leave out "truncate", and the model reads its beginning.',
  );
}

function infoOf(models: ModelRegistry, { maxTexts, maxTextLength }: RequestLimits) {
  const { spec, model } = models.get();
  const { labels, maxLength } = model;
  return {
    ...{
      model_id: spec.name,
      served_model_name: spec.name,
      model_sha: null,
      model_dtype: spec.dtype ?? 'float32',
    },
    model_type: {
      classifier: {
        id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
        label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
      },
    },
    max_concurrent_requests: spec.limits.maxTexts,
    max_input_length: maxLength ?? maxTextLength, // a linear model cuts nothing, and no token is shorter than a character
    max_batch_tokens: spec.limits.batchTokens,
    max_batch_requests: null,
    max_client_batch_size: maxTexts,
    auto_truncate: true,
    tokenization_workers: spec.workers,
    ...{ version: API_VERSION, sha: null, docker_label: null },
  };
}
