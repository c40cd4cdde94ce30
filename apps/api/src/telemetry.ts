/** What the server counts, for Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { addBatchMetrics } from './batches/batch-metrics.ts';
import type { BatchRecord } from './batches/batch-record.ts';
import { addDriftMetrics } from './drift/drift-metrics.ts';
import type { ClassifiedText } from './inference/classify.ts';
import type { ModelRegistry } from './models/registry.ts';

export interface Telemetry {
  /** @param route its pattern, never the path: names of models must not become series without end */
  request(route: string, method: string, status: number, elapsedMs: number): void;
  answered(model: string, answers: readonly ClassifiedText[]): void;
  /** @param open how many clients follow a training now */
  streams(open: number): void;
  /** Rows of files that were labelled. */
  batchRows(model: string, rows: number): void;
  /** @param records all batches that are kept, asked for as often as the metrics are */
  watchBatches(records: () => readonly BatchRecord[]): void;
  /** In Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

const TENTHS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

export function createTelemetry(models: ModelRegistry): Telemetry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Requests by route, method and status',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const answers = new Counter({
    name: 'otzyv_answers_total',
    help: 'Answers by model and most probable class; compare with otzyv_training_share',
    labelNames: ['model', 'label'],
    registers,
  });
  const uncertain = new Counter({
    name: 'otzyv_uncertain_total',
    help: 'Answers below the least confidence that was asked for',
    labelNames: ['model'],
    registers,
  });
  const truncated = new Counter({
    name: 'otzyv_truncated_total',
    help: 'Texts whose end the model did not see',
    labelNames: ['model'],
    registers,
  });
  const confidence = new Histogram({
    name: 'otzyv_confidence',
    help: 'Confidence of the answers',
    labelNames: ['model'],
    buckets: TENTHS,
    registers,
  });
  const tokens = new Counter({
    name: 'otzyv_tokens_total',
    help: 'Tokens of the texts answered; of a linear model words',
    labelNames: ['model'],
    registers,
  });
  const unknown = new Counter({
    name: 'otzyv_unknown_tokens_total',
    help: 'Those that the model has never seen; compare with otzyv_reference_unknown_share',
    labelNames: ['model'],
    registers,
  });
  addDriftMetrics(registry, models);
  new Gauge({
    name: 'otzyv_queue_texts',
    help: 'Texts accepted and not answered yet',
    labelNames: ['model'],
    registers,
    collect() {
      for (const service of models.list()) this.set({ model: service.spec.name }, service.load().texts);
    },
  });
  const streams = new Gauge({
    name: 'otzyv_run_streams',
    help: 'Clients that follow a training now',
    registers,
  });
  const batchRows = new Counter({
    name: 'otzyv_batch_rows_total',
    help: 'Rows of batches that were labelled',
    labelNames: ['model'],
    registers,
  });
  return {
    request: (route, method, status, elapsedMs) =>
      requests.observe({ route, method, status: String(status) }, elapsedMs / 1000),
    answered: (model, given) => {
      for (const { label, confidence: value, isUncertain, isTruncated, reading } of given) {
        answers.inc({ model, label });
        confidence.observe({ model }, value);
        uncertain.inc({ model }, Number(isUncertain));
        truncated.inc({ model }, Number(isTruncated));
        tokens.inc({ model }, reading.tokens);
        unknown.inc({ model }, reading.unknown);
      }
    },
    streams: (open) => streams.set(open),
    batchRows: (model, rows) => batchRows.inc({ model }, rows),
    watchBatches: (records) => addBatchMetrics(registry, records),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
