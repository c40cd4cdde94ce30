/** The whole application on a model that answers what a test says. */
import { type AppContext, createApp } from '../app.ts';
import { createDrift } from '../drift/drift.ts';
import type { ModelService } from '../models/model-service.ts';
import { DEFAULT_LIMITS } from '../request-limits.ts';
import { createTelemetry } from '../telemetry.ts';
import { QUEUE } from './served.ts';

/** @returns what asks it as a client would */
export function appOn(ask: ModelService['ask'], context: Partial<AppContext> = {}) {
  const service: ModelService = {
    spec: { name: 'x', folder: '', workers: 1, limits: QUEUE },
    model: { kind: 'linear', labels: ['а', 'б'], maxLength: undefined, card: undefined },
    drift: createDrift(2, undefined),
    ...{
      version: '',
      loadedAt: 0,
      ask,
      load: () => ({ texts: 0, tokens: 0 }),
      close: () => Promise.resolve(),
    },
  };
  const models = {
    ...{ get: () => service, list: () => [service] },
    ...{ refresh: () => Promise.resolve(), close: () => Promise.resolve() },
  };
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
