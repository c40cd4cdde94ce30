/** The whole application on a model that answers what a test says. */
import { type AppContext, createApp } from '../app.ts';
import { createDrift } from '../drift/drift.ts';
import type { ModelService } from '../models/model-service.ts';
import type { ModelRegistry } from '../models/registry.ts';
import { DEFAULT_LIMITS } from '../request-limits.ts';
import { createTelemetry } from '../telemetry.ts';
import { QUEUE } from './served.ts';

/** One model, which answers so. */
export function modelsOn(ask: ModelService['ask']): ModelRegistry {
  const service: ModelService = {
    spec: { name: 'x', folder: '', workers: 1, limits: QUEUE },
    model: { kind: 'linear', labels: ['а', 'б'], maxLength: undefined, card: undefined },
    drift: createDrift(2, undefined),
    ...{ version: '', loadedAt: 0, ask },
    ...{ load: () => ({ texts: 0, tokens: 0 }), close: () => Promise.resolve() },
  };
  return {
    ...{ get: () => service, list: () => [service] },
    ...{ refresh: () => Promise.resolve(), close: () => Promise.resolve() },
  };
}

/** Every text is «а», by 0.7. */
export const answerA: ModelService['ask'] = async ({ texts }) => ({
  answers: texts.map(() => ({
    ...{ probabilities: Float32Array.of(0.7, 0.3), isTruncated: false, isEmpty: false },
    reading: { tokens: 1, unknown: 0 },
  })),
  ...{ waitedMs: 0, ranMs: 0 },
});

/** @returns what asks it as a client would */
export function appOn(ask: ModelService['ask'], context: Partial<AppContext> = {}) {
  const models = modelsOn(ask);
  const app = createApp({
    ...{ models, limits: DEFAULT_LIMITS, keys: undefined, corsOrigins: [], listen: () => undefined },
    ...{ telemetry: createTelemetry(models), isClosing: () => false },
    ...{ feedback: undefined, runs: undefined, ending: new AbortController().signal },
    ...context,
  });
  return async (path: string, body: unknown) =>
    app.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
}
