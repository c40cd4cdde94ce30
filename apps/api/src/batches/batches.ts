/**
 * Files that are labelled in the background. A batch is accepted when its file and its record are on the disk, and goes on
 * after whatever end of the process from its last block of rows. Each client's batches are answered one after another,
 * those of different clients side by side.
 */
import type { ReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadableStream } from 'node:stream/web';
import { OtzyvError } from '@otzyv/core';
import { labelFile, makeFolder, withRunLock } from '@otzyv/trainer';
import { faultOf, isServersOwn } from '../http/problem.ts';
import { classifierOf } from '../inference/classify.ts';
import type { ModelRegistry } from '../models/registry.ts';
import type { RequestLimits } from '../request-limits.ts';
import type { Telemetry } from '../telemetry.ts';
import { TryLater } from '../try-later.ts';
import { batchClassifier, ModelChanged } from './batch-classifier.ts';
import {
  asRequestFault,
  batchFolder,
  checkTable,
  makeBatchFolder,
  newId,
  readBatches,
  receive,
  removeBatch,
} from './batch-folder.ts';
import type { BatchLimits } from './batch-limits.ts';
import { type BatchRecord, isFinished, writeRecord } from './batch-record.ts';

export type BatchRequest = Pick<
  BatchRecord,
  'owner' | 'format' | 'textColumn' | 'skipBadRows' | 'allScores' | 'minConfidence'
> & { readonly model: string | undefined };

export interface Batches {
  /** @throws TryLater `system.overloaded`; OtzyvError `model.unknown`, `system.too-large`, `data.*` */
  accept(
    request: BatchRequest,
    body: ReadableStream<Uint8Array> | null,
    signal: AbortSignal,
  ): Promise<BatchRecord>;
  /** The latest first. */
  list(owner: string | undefined): readonly BatchRecord[];
  /** @throws OtzyvError `data.unknown` also where it is another's */
  get(id: string, owner: string | undefined): BatchRecord;
  /** @throws OtzyvError `data.unknown`, `data.not-finished` */
  output(
    id: string,
    owner: string | undefined,
  ): Promise<{ readonly stream: ReadStream; readonly bytes: number }>;
  /** Stops it if it is not finished, and removes all of it. @throws OtzyvError `data.unknown` */
  remove(id: string, owner: string | undefined): Promise<void>;
  /** Removes what is older than it is kept. */
  expire(): Promise<void>;
  readonly limits: BatchLimits;
  /** Stops where it is; another process goes on. */
  close(): Promise<void>;
}

export interface BatchesOptions {
  readonly folder: string;
  readonly models: ModelRegistry;
  readonly requestLimits: RequestLimits;
  readonly telemetry: Telemetry;
  readonly limits: BatchLimits;
  /** A batch has failed by what its client is not told. */
  readonly onFault: (id: string, error: unknown) => void;
}

interface Running {
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** @throws OtzyvError `run.locked` where another process works on the folder */
export async function openBatches(options: BatchesOptions): Promise<Batches> {
  const { folder, models, limits, requestLimits, telemetry, onFault } = options;
  const classify = classifierOf(models, requestLimits, telemetry);
  const root = join(folder, 'batches');
  await makeFolder(root);
  const unlock = await lock(root);
  const records = new Map((await readBatches(root)).map((record) => [record.id, record]));
  const running = new Map<string, Running>(); // by id
  const accepting = new Set<Promise<BatchRecord>>();
  let isClosed = false;

  const write = (record: BatchRecord) => writeRecord(batchFolder(root, record.id).record, record);
  const show = (record: BatchRecord) => {
    if (records.has(record.id)) records.set(record.id, record); // or else it is being removed
  };
  /** Nothing is told that is not on the disk. */
  const save = async (record: BatchRecord): Promise<void> => {
    await write(record);
    show(record);
  };
  const owned = (id: string, owner: string | undefined) => {
    const record = records.get(id);
    if (record !== undefined && record.owner === owner) return record;
    throw new OtzyvError(
      'data.unknown',
      'there is no such batch',
      'It may have expired: see GET /v1/batches.',
    );
  };
  const unfinished = () => [...records.values()].filter((record) => !isFinished(record));

  const pump = () => {
    const busy = new Set([...running.keys()].map((id) => records.get(id)?.owner));
    for (const record of unfinished()) {
      if (isClosed || running.has(record.id) || busy.has(record.owner)) continue;
      busy.add(record.owner);
      const stop = new AbortController();
      const done = run(record, stop.signal).then(() => {
        running.delete(record.id);
        pump();
      });
      running.set(record.id, { stop, done });
    }
  };

  /** Never rejects. */
  const run = async (accepted: BatchRecord, signal: AbortSignal): Promise<void> => {
    const { format } = accepted;
    const files = batchFolder(root, accepted.id);
    const client = `batches of ${accepted.owner ?? 'all'}`;
    let record = accepted;
    const finish = async (end: Pick<BatchRecord, 'status' | 'fault'>) => {
      const finished = { ...record, ...end, finishedAt: new Date().toISOString() };
      await write(finished).catch(() => undefined); // the disk takes nothing: the next process does it again
      show(finished);
    };
    for (;;) {
      try {
        const service = models.get(record.model);
        const { progress, ...rest } = record;
        const from = record.modelVersion === service.version ? progress : undefined;
        record = {
          ...{ ...rest, status: 'running', modelVersion: service.version },
          ...(from !== undefined && { progress: from }),
        };
        await save(record);
        await labelFile(batchClassifier(classify, service, client), {
          ...{ input: files.input(format), output: files.output(format), format, signal, from },
          ...{ textColumn: record.textColumn, skipBadRows: record.skipBadRows, allScores: record.allScores },
          minConfidence: record.minConfidence,
          onBlock: async (reached) => {
            telemetry.batchRows(record.model, reached.tally.rows - (record.progress?.tally.rows ?? 0));
            record = { ...record, progress: reached };
            await save(record);
          },
        });
        await finish({ status: 'done' });
        await rm(files.input(format), { force: true }).catch(() => undefined); // it goes with the batch
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ModelChanged) continue;
        const fault = asRequestFault(error, files.input(format));
        if (isServersOwn(fault)) onFault(record.id, fault);
        const { code, detail, hint = '' } = faultOf(fault).problem;
        await finish({ status: 'failed', fault: { code, detail, hint } });
        return;
      }
    }
  };

  const remove = async (id: string) => {
    records.delete(id); // so that it is not begun again
    const job = running.get(id);
    job?.stop.abort();
    await job?.done;
    await removeBatch(root, id);
  };

  const accept: Batches['accept'] = async ({ model, ...asked }, body, signal) => {
    const name = models.get(model).spec.name;
    if (isClosed) throw new TryLater('system.closing', 'the server is shutting down', 1);
    if (unfinished().length + accepting.size >= limits.maxUnfinished)
      throw new TryLater('system.overloaded', 'too many batches are waiting already', 60);
    const id = newId();
    const input = batchFolder(root, id).input(asked.format);
    try {
      await makeBatchFolder(root, id);
      const bytes = await receive(body, input, { maxBytes: limits.maxBytes, signal });
      const counted = await checkTable(input, asked);
      const createdAt = new Date().toISOString();
      const record: BatchRecord = {
        ...{ id, model: name, createdAt, bytes, ...counted, status: 'waiting' },
        ...asked,
      };
      await write(record);
      records.set(id, record);
      pump();
      return record;
    } catch (error) {
      await removeBatch(root, id).catch(() => undefined); // the next server clears it away
      throw signal.aborted ? cancelled() : asRequestFault(error, input);
    }
  };

  telemetry.watchBatches(() => [...records.values()]);
  pump();
  return {
    limits,
    accept: (...asked) => {
      const accepted = accept(...asked);
      accepting.add(accepted);
      return accepted.finally(() => accepting.delete(accepted));
    },
    list: (owner) => [...records.values()].filter((record) => record.owner === owner).toReversed(),
    get: owned,
    output: async (id, owner) => {
      const { status, format, fault } = owned(id, owner);
      if (status !== 'done') throw notFinished(status, fault);
      const file = await open(batchFolder(root, id).output(format));
      return { stream: file.createReadStream(), bytes: (await file.stat()).size };
    },
    remove: async (id, owner) => remove(owned(id, owner).id),
    expire: async () => {
      const oldest = new Date(Date.now() - limits.keepMs).toISOString();
      for (const record of [...records.values()]) {
        if (record.finishedAt === undefined || record.finishedAt >= oldest) continue;
        // what cannot be removed now is tried again
        await remove(record.id).catch(() => records.set(record.id, record));
      }
    },
    close: async () => {
      isClosed = true;
      await Promise.allSettled(accepting);
      for (const { stop } of running.values()) stop.abort();
      await Promise.all([...running.values()].map(({ done }) => done));
      await unlock();
    },
  };
}

function cancelled(): OtzyvError {
  return new OtzyvError('system.cancelled', 'the file did not come to its end', 'Send it again.');
}

/** One server works on a folder. */
async function lock(root: string): Promise<() => Promise<void>> {
  let release: () => void = () => undefined;
  let locked: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    locked = withRunLock(root, async () => {
      resolve();
      await new Promise<void>((done) => {
        release = done;
      });
    });
    locked.catch(reject);
  }).catch((error: unknown) => {
    if (!(error instanceof OtzyvError) || error.code !== 'run.locked') throw error;
    const message = error.message.replace('is being trained into', 'is worked on');
    throw new OtzyvError('run.locked', message, 'Give each server a --data of its own.', { cause: error });
  });
  return async () => {
    release();
    await locked;
  };
}

function notFinished(status: BatchRecord['status'], fault: BatchRecord['fault']): OtzyvError {
  return status === 'failed' && fault !== undefined
    ? new OtzyvError('data.not-finished', `the batch has failed: ${fault.detail}`, fault.hint)
    : new OtzyvError('data.not-finished', `the batch is ${status}`, 'Ask again when its status is done.');
}
