/** What needs no server: over HTTP batches are tested in routes/batches.test.ts. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { OtzyvError } from '@otzyv/core';
import { afterAll, expect, test } from 'vitest';
import type { ModelService } from '../models/model-service.ts';
import { DEFAULT_LIMITS } from '../request-limits.ts';
import { createTelemetry } from '../telemetry.ts';
import { answerA, modelsOn } from '../testing/fake-app.ts';
import { until } from '../testing/until.ts';
import { DEFAULT_BATCH_LIMITS } from './batch-limits.ts';
import { type BatchRequest, openBatches } from './batches.ts';

const root = mkdtempSync(join(tmpdir(), 'otzyv-batches-'));
afterAll(() => rmSync(root, { recursive: true }));

const faults: unknown[] = [];
const open = (name: string, ask: ModelService['ask'], keepMs = DEFAULT_BATCH_LIMITS.keepMs) => {
  const models = modelsOn(ask);
  return openBatches({
    ...{ folder: join(root, name), models, telemetry: createTelemetry(models) },
    ...{ requestLimits: DEFAULT_LIMITS, limits: { ...DEFAULT_BATCH_LIMITS, keepMs } },
    onFault: (id, error) => faults.push({ id, error }),
  });
};

const REQUEST: BatchRequest = {
  ...{ model: undefined, textColumn: 'text', skipBadRows: false, allScores: false },
  format: 'csv',
};
const file = () => Readable.toWeb(Readable.from([Buffer.from('text\nНорм\n')])) as ReadableStream<Uint8Array>;
const never = new AbortController().signal;

test('what cannot be removed when its time is over is removed another time', async () => {
  const batches = await open('kept', answerA, -1);
  const { id } = await batches.accept(REQUEST, file(), never);
  await until(() => batches.get(id, undefined).status === 'done');
  const [folder, elsewhere] = [join(root, 'kept/batches'), join(root, 'kept/elsewhere')];
  renameSync(folder, elsewhere);
  writeFileSync(folder, 'no folder');
  await batches.expire();
  expect(batches.get(id, undefined).status).toBe('done');
  rmSync(folder);
  renameSync(elsewhere, folder);
  await batches.expire();
  expect(() => batches.get(id, undefined)).toThrow('there is no such batch');
  await batches.close();
});

test("a batch that fails by a model's fault tells the log what the model said, and its client that it has failed", async () => {
  const fault = new OtzyvError('internal.fault', 'cannot read /srv/model: «Норм»', '');
  const batches = await open('failing', () => Promise.reject(fault));
  const { id } = await batches.accept(REQUEST, file(), never);
  await until(() => batches.get(id, undefined).status === 'failed');
  expect(batches.get(id, undefined).fault).toEqual({
    code: 'internal.fault',
    detail: 'the server has made a mistake',
    hint: 'Report it with the id of the request or the batch: the log has it.',
  });
  expect(faults).toEqual([{ id, error: fault }]);
  await batches.close();
});
