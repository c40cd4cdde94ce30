/** POST /v1/predict: one text or many, answered by one model. */
import { createRoute, z } from '@hono/zod-openapi';
import { routes } from '../http/app-base.ts';
import { problems } from '../http/responses.ts';
import { type Classified, type ClassifiedText, type Classify, rankedScores } from '../inference/classify.ts';
import type { RequestLimits } from '../request-limits.ts';

const score = z.number().min(0).max(1);

const predictionSchema = z
  .object({
    label: z.string().openapi({
      example: 'одежда',
      description: 'a class, or «не уверен» where the confidence is below the least that was asked for',
    }),
    confidence: score.openapi({ example: 0.93, description: 'of the class' }),
    is_uncertain: z.boolean(),
    guess: z.string().optional().openapi({ description: 'the class that «не уверен» hides' }),
    scores: z
      .array(z.object({ label: z.string(), score }))
      .optional()
      .openapi({ description: 'of top_k classes, or all, the highest first' }),
    words: z
      .array(z.object({ word: z.string(), start: z.int(), end: z.int(), weight: z.number() }))
      .optional()
      .openapi({
        description:
          'with explain: what the probability of the class loses without the word at text.slice(start, end), in UTF-16 units',
      }),
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

/** Each costs up to 65 answers, and cleaning as often. */
const MOST_EXPLAINED = 32;

function requestSchema({ maxTexts, maxTextLength }: RequestLimits) {
  const text = z.string().max(maxTextLength);
  return z
    .strictObject({
      text: text.optional().openapi({ example: 'Куртка тёплая, но рукава короткие' }),
      texts: z.array(text).min(1).max(maxTexts).optional(),
      model: z.string().optional().openapi({ description: 'its name; absent: the default' }),
      top_k: z.int().min(1).optional().openapi({ description: 'add the scores of so many classes' }),
      min_confidence: score.optional().openapi({
        description:
          'below it the label is «не уверен»; absent: as the model was calibrated; 0: always a class',
      }),
      explain: z
        .boolean()
        .optional()
        .openapi({
          description: `add how much each word matters; of ${MOST_EXPLAINED} texts at most, of together ${maxTextLength} characters`,
        }),
      timeout_ms: z.int().min(1).optional().openapi({
        description: 'give the request up after so long; the server has a limit of its own',
      }),
      all_scores: z.boolean().optional().openapi({ description: 'add the scores of all classes' }),
    })
    .refine(({ text: one, texts: many }) => (one === undefined) !== (many === undefined), {
      message: 'give either "text" or "texts"',
    })
    .refine(
      ({ explain, texts = [] }) =>
        !explain || (texts.length <= MOST_EXPLAINED && texts.join('').length <= maxTextLength),
      {
        path: ['explain'],
        message: `at most ${MOST_EXPLAINED} texts of together ${maxTextLength} characters can be explained at once`,
      },
    )
    .openapi('PredictRequest');
}

export function predictRoutes(classify: Classify, limits: RequestLimits) {
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
      ...problems(400, 401, 404, 413, 415, 422, 429, 503, 504),
    },
  });
  return routes().openapi(route, async (c) => {
    const started = performance.now();
    const { text, texts = [text as string], model, ...options } = c.req.valid('json');
    const classified = await classify({
      ...{ texts, model, client: c.get('client'), signal: c.req.raw.signal, timeoutMs: options.timeout_ms },
      isExplained: options.explain,
      caution: { minConfidence: options.min_confidence },
    });
    const { service, answers } = classified;
    const shown = options.all_scores ? service.model.labels.length : (options.top_k ?? 0);
    const predictions = answers.map((answer) => predictionOf(answer, classified, shown));
    const elapsedMs = performance.now() - started;
    return c.json({ model: service.spec.name, predictions, elapsed_ms: elapsedMs }, 200);
  });
}

/** @param shown how many classes' scores are added */
function predictionOf(
  { probabilities, label, confidence, isUncertain, words, isTruncated, isEmpty }: ClassifiedText,
  { service, rule }: Classified,
  shown: number,
): z.infer<typeof predictionSchema> {
  return {
    ...{ label: isUncertain ? rule.uncertainLabel : label, confidence, is_uncertain: isUncertain },
    ...(isUncertain && { guess: label }),
    ...(shown > 0 && { scores: rankedScores(probabilities, service.model.labels).slice(0, shown) }),
    ...(words !== undefined && { words: [...words] }),
    ...{ is_truncated: isTruncated, is_empty: isEmpty },
  };
}
