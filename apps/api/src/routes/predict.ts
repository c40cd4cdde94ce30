/** POST /v1/predict: one text or many, answered by one model. */
import { createRoute, z } from '@hono/zod-openapi';
import { routes } from '../http/app-base.ts';
import { problems } from '../http/responses.ts';
import type { TextAnswer } from '../inference/worker-pool.ts';
import type { ModelRegistry } from '../models/registry.ts';
import type { RequestLimits } from '../request-limits.ts';
import type { Telemetry } from '../telemetry.ts';

const score = z.number().min(0).max(1);

const predictionSchema = z
  .object({
    label: z.string().openapi({ example: 'одежда' }),
    confidence: score.openapi({ example: 0.93 }),
    scores: z
      .array(z.object({ label: z.string(), score }))
      .optional()
      .openapi({ description: 'of top_k classes, or all, the highest first' }),
    is_truncated: z.boolean().openapi({ description: 'the model saw the beginning of the text only' }),
    is_empty: z.boolean().openapi({ description: 'nothing was left of the text after cleaning' }),
  })
  .openapi('Prediction');

const responseSchema = z
  .object({
    model: z.string(),
    predictions: z.array(predictionSchema).openapi({ description: 'one for each text, in their order' }),
    elapsed_ms: z.number().openapi({ description: 'from the request to the answer, waiting included' }),
  })
  .openapi('PredictResponse');

function requestSchema({ maxTexts, maxTextLength }: RequestLimits) {
  const text = z.string().max(maxTextLength);
  return z
    .strictObject({
      text: text.optional().openapi({ example: 'Куртка тёплая, но рукава короткие' }),
      texts: z.array(text).min(1).max(maxTexts).optional(),
      model: z.string().optional().openapi({ description: 'its name; absent: the default' }),
      top_k: z.int().min(1).optional().openapi({ description: 'add the scores of so many classes' }),
      all_scores: z.boolean().optional().openapi({ description: 'add the scores of all classes' }),
    })
    .refine(({ text: one, texts: many }) => (one === undefined) !== (many === undefined), {
      message: 'give either "text" or "texts"',
    })
    .openapi('PredictRequest');
}

export function predictRoutes(models: ModelRegistry, limits: RequestLimits, telemetry: Telemetry) {
  const route = createRoute({
    method: 'post',
    path: '/v1/predict',
    tags: ['predict'],
    summary: 'Classify one text or many',
    request: {
      body: { required: true, content: { 'application/json': { schema: requestSchema(limits) } } },
    },
    responses: {
      200: { description: 'answers', content: { 'application/json': { schema: responseSchema } } },
      ...problems(400, 401, 404, 413, 422, 429, 503, 504),
    },
  });
  return routes().openapi(route, async (c) => {
    const started = performance.now();
    const { text, texts = [text as string], model: name, top_k: topK, all_scores: all } = c.req.valid('json');
    const service = models.get(name);
    const { labels } = service.model;
    const answers = await service.ask({
      texts,
      client: c.get('client'),
      timeoutMs: limits.timeoutMs,
      signal: c.req.raw.signal,
    });
    const shown = all ? labels.length : (topK ?? 0);
    const predictions = answers.map((answer) => predictionOf(answer, labels, shown));
    for (const { label, confidence } of predictions) telemetry.answer(service.spec.name, label, confidence);
    return c.json(
      {
        model: service.spec.name,
        predictions,
        elapsed_ms: performance.now() - started,
      },
      200,
    );
  });
}

/** @param shown how many classes' scores are added */
function predictionOf(
  { probabilities, isTruncated, isEmpty }: TextAnswer,
  labels: readonly string[],
  shown: number,
): z.infer<typeof predictionSchema> {
  const ranked = rankedScores(probabilities, labels);
  const best = ranked[0] as { label: string; score: number };
  return {
    ...{ label: best.label, confidence: best.score },
    ...(shown > 0 && { scores: ranked.slice(0, shown) }),
    ...{ is_truncated: isTruncated, is_empty: isEmpty },
  };
}

/** The highest first; of equal ones the label that comes first. */
export function rankedScores(probabilities: Float32Array, labels: readonly string[]) {
  return labels
    .map((label, id) => ({ label, score: probabilities[id] as number }))
    .sort((a, b) => b.score - a.score);
}
