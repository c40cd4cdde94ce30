/** The routes, and what every request passes through on its way to them. */
import type { FeedbackStore } from '@otzyv/feedback';
import type { RunCatalogue } from '@otzyv/trainer';
import { cors } from 'hono/cors';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { authenticate } from './auth/authenticate.ts';
import type { ApiKey } from './auth/keys.ts';
import type { Batches } from './batches/batches.ts';
import { routes } from './http/app-base.ts';
import { limitBody } from './http/body-size.ts';
import { lastAnswers } from './http/last-answers.ts';
import { observe, type RequestListener } from './http/observe.ts';
import { problem } from './http/problem.ts';
import { sendFault } from './http/send-fault.ts';
import { classifierOf } from './inference/classify.ts';
import type { ModelRegistry } from './models/registry.ts';
import type { RequestLimits } from './request-limits.ts';
import { batchRoutes, isUpload } from './routes/batches.ts';
import { huggingFaceInference } from './routes/compatible/hugging-face.ts';
import { textEmbeddingsInference } from './routes/compatible/text-embeddings-inference.ts';
import { vllmClassify } from './routes/compatible/vllm.ts';
import { docsRoutes } from './routes/docs.ts';
import { feedbackRoutes } from './routes/feedback.ts';
import { healthRoutes, metricsRoutes } from './routes/health.ts';
import { modelRoutes } from './routes/models.ts';
import { openApi } from './routes/openapi.ts';
import { pageRoutes } from './routes/page.ts';
import { predictRoutes } from './routes/predict.ts';
import { runCommandRoutes } from './routes/run-commands.ts';
import { runEventRoutes } from './routes/run-events.ts';
import { runRoutes } from './routes/runs.ts';
import type { Telemetry } from './telemetry.ts';

export interface AppContext {
  readonly models: ModelRegistry;
  readonly limits: RequestLimits;
  /** Absent: everybody may ask. */
  readonly keys: readonly ApiKey[] | undefined;
  /** Origins that browsers may ask from; `*`: any. */
  readonly corsOrigins: readonly string[];
  /** Where corrections are kept; absent: nowhere. */
  readonly feedback?: FeedbackStore | undefined;
  /** Files that are labelled in the background; absent: none are taken. */
  readonly batches?: Batches | undefined;
  readonly telemetry: Telemetry;
  readonly listen: RequestListener;
  readonly isClosing: () => boolean;
  /** Absent: no trainings are followed. */
  readonly runs: RunCatalogue | undefined;
  /** Aborted when streams are to end. */
  readonly ending: AbortSignal;
}

export function createApp(context: AppContext) {
  const { models, limits, keys, corsOrigins, feedback, batches, runs, telemetry, listen, isClosing, ending } =
    context;
  const app = routes();
  app.use(requestId());
  app.use(observe(listen));
  app.use(lastAnswers(isClosing));
  app.use('/docs', secureHeaders({ contentSecurityPolicy: { ...OWN_CONTENT, styleSrc: STYLES_OF_DOCS } }));
  app.use(secureHeaders({ contentSecurityPolicy: OWN_CONTENT }));
  if (corsOrigins.length > 0) {
    const origin = corsOrigins.includes('*') ? '*' : [...corsOrigins];
    app.use(cors({ origin, exposeHeaders: ['Retry-After', 'X-Request-Id'] }));
  }
  const limited = limitBody(limits.maxBodyBytes, (c) => sendFault(c, { problem: tooLarge(limits) }));
  app.use((c, next) => (isUpload(c.req) ? next() : limited(c, next)));
  app.notFound((c) =>
    sendFault(c, {
      problem: problem(
        404,
        'request.not-found',
        `there is nothing at ${c.req.method} ${c.req.path}`,
        'See /docs for the routes.',
      ),
    }),
  );
  const identify = authenticate(keys);
  for (const path of ['/v1/*', '/metrics', '/predict', '/info', '/models/*']) app.use(path, identify);
  const classify = classifierOf(models, limits, telemetry);
  const api = app
    .route('/', predictRoutes(classify, limits))
    .route('/', modelRoutes(models))
    .route('/', runRoutes(runs))
    .route('/', runCommandRoutes(runs))
    .route('/', runEventRoutes(runs, telemetry, ending))
    .route('/', feedbackRoutes(feedback, models, limits))
    .route('/', batchRoutes(batches, keys !== undefined))
    .route('/', healthRoutes(isClosing))
    .route('/', metricsRoutes(telemetry))
    .route('/', docsRoutes())
    .route('/', pageRoutes())
    .route('/', textEmbeddingsInference(classify, models, limits, isClosing))
    .route('/', huggingFaceInference(classify, limits))
    .route('/', vllmClassify(classify, limits));
  return openApi(api, keys !== undefined);
}

/** Pages ask nobody but this server. */
const OWN_CONTENT = {
  defaultSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
};

const STYLES_OF_DOCS = ["'self'", "'unsafe-inline'"]; // swagger-ui's

/** For typed clients. */
export type App = ReturnType<typeof createApp>;

function tooLarge({ maxBodyBytes }: RequestLimits) {
  const detail = `the body is larger than ${maxBodyBytes} bytes`;
  return problem(413, 'request.too-large', detail, 'Send fewer texts at a time.');
}
