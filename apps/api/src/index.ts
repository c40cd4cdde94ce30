/** @otzyv/api: review classifiers over HTTP, as a server of your own and as a typed client. */
export type { App } from './app.ts';
export { type BatchLimits, DEFAULT_BATCH_LIMITS } from './batches/batch-limits.ts';
export { createClient } from './client.ts';
export type { QueueLimits } from './inference/batching-queue.ts';
export type { ModelSpec } from './models/model-service.ts';
export { DEFAULT_LIMITS, type RequestLimits } from './request-limits.ts';
export { type RunningServer, type ServerEvent, type ServerOptions, startServer } from './server.ts';
