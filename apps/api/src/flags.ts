/** The flags of otzyv-api, and which models they name. */
import { OtzyvError } from '@otzyv/core';
import type { DtypeName, OnnxDevice } from '@otzyv/trainer';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_BATCH_LIMITS } from './batches/batch-limits.ts';
import type { ModelSpec } from './models/model-service.ts';
import { DEFAULT_LIMITS } from './request-limits.ts';

const DTYPES = ['float32', 'int8', 'fp32', 'q8'] satisfies DtypeName[];
const DEVICES = ['cpu', 'webgpu', 'cuda'] satisfies OnnxDevice[];

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

export const HOUR_MS = 3_600_000;

export interface ServeFlags {
  model: string[];
  host: string;
  port: number;
  runs?: string;
  keys?: string;
  cors: string[];
  data?: string;
  feedback?: string;
  maxBatchMb: number;
  maxBatches: number;
  keepBatchesHours: number;
  workers: number;
  threads?: number;
  dtype: DtypeName;
  device: OnnxDevice;
  batchTokens: number;
  maxWaitMs: number;
  maxQueuedTexts: number;
  maxTexts: number;
  maxTextLength: number;
  maxBodyMb: number;
  timeoutSeconds: number;
  drainSeconds: number;
  logLevel: string;
}

export function withServeFlags(command: Command): Command {
  return command
    .option(
      '--model <[name=]folder>',
      'a run, a model folder or a hub id; several: the first is the default',
      gather,
      [],
    )
    .option('--runs <folder>', 'the folder whose trainings are shown, live')
    .option('--host <address>', 'where to listen; beyond this machine keys are needed', '127.0.0.1')
    .option('--port <n>', '0: any that is free', whole(0, 65_535), 8000)
    .option('--keys <file>', 'API keys; make them with otzyv-api keys add')
    .option('--cors <origin>', 'that browsers may ask from, or *; may be repeated', gather, [])
    .option('--data <folder>', 'keep files to label in the background, and corrected labels, here')
    .option('--feedback <place>', 'corrected labels: in a file of SQLite, or in a PostgreSQL by its URL')
    .option('--workers <n>', 'threads with a copy of the model each', count, 1)
    .option('--threads <n>', 'of each worker (default: all cores between them)', count)
    .addOption(
      new Option('--dtype <name>', 'int8 needs a model that was exported so')
        .choices(DTYPES)
        .default('float32'),
    )
    .addOption(new Option('--device <name>', 'where a BERT answers').choices(DEVICES).default('cpu'))
    .option('--batch-tokens <n>', 'tokens answered together', count, 4096)
    .option('--max-wait-ms <n>', 'how long an idle worker waits for a batch to fill', waitMs, 0)
    .option('--max-queued-texts <n>', 'more are refused with 503 and Retry-After', count, 10_000)
    .option('--max-texts <n>', 'in one request', count, DEFAULT_LIMITS.maxTexts)
    .option('--max-text-length <n>', 'characters of one text', count, DEFAULT_LIMITS.maxTextLength)
    .option('--max-body-mb <n>', 'megabytes of one request', megabytes, DEFAULT_LIMITS.maxBodyBytes / 2 ** 20)
    .option(
      '--timeout-seconds <n>',
      'after which a request is given up',
      seconds,
      DEFAULT_LIMITS.timeoutMs / 1000,
    )
    .option('--max-batch-mb <n>', 'megabytes of one file', megabytes, DEFAULT_BATCH_LIMITS.maxBytes / 2 ** 20)
    .option('--max-batches <n>', 'files that wait', count, DEFAULT_BATCH_LIMITS.maxUnfinished)
    .option(
      '--keep-batches-hours <n>',
      'how long a labelled file is kept',
      positive(1_000_000),
      DEFAULT_BATCH_LIMITS.keepMs / HOUR_MS,
    )
    .option(
      '--drain-seconds <n>',
      'how long a stopped server still takes requests, unready',
      secondsOrNone,
      0,
    )
    .addOption(new Option('--log-level <name>', 'what is told of').choices(LOG_LEVELS).default('info'));
}

/** @throws OtzyvError `options.missing`, `options.twice` */
export function specsOf(flags: ServeFlags): ModelSpec[] {
  if (flags.model.length === 0) {
    throw new OtzyvError(
      'options.missing',
      '--model is missing: what to serve',
      'Name a run: --model runs/first.',
    );
  }
  const specs = flags.model.map((named): ModelSpec => {
    const [, name, folder] = /^(?:([\w.-]+)=)?(.+)$/.exec(named) ?? [];
    return {
      ...{ name: name ?? nameOf(folder ?? named), folder: folder ?? named, workers: flags.workers },
      ...{ dtype: flags.dtype, device: flags.device },
      ...(flags.threads !== undefined && { threads: flags.threads }),
      limits: {
        ...{ maxTexts: flags.maxQueuedTexts, maxTokens: flags.maxQueuedTexts * 128 },
        ...{ batchTokens: flags.batchTokens, maxWaitMs: flags.maxWaitMs },
      },
    };
  });
  const twice = specs.find(({ name }, i) => specs.findIndex((one) => one.name === name) !== i);
  if (twice === undefined) return specs;
  throw new OtzyvError(
    'options.twice',
    `two models are named "${twice.name}"`,
    'Name them: --model other=FOLDER.',
  );
}

/** The last part of the path that says something: of runs/first/best it is first. */
function nameOf(folder: string): string {
  const parts = folder.split(/[\\/]/).filter((part) => part !== '' && part !== '.' && part !== 'best');
  return parts.at(-1) ?? 'model';
}

function gather(value: string, before: string[]): string[] {
  return [...before, value];
}

/** Number('') and Number(' ') are zero to JavaScript, and slips of a script to us. */
function numberOf(value: string): number {
  return value.trim() === '' ? Number.NaN : Number(value);
}

function whole(least: number, most: number) {
  return (value: string): number => {
    const parsed = numberOf(value);
    if (Number.isInteger(parsed) && parsed >= least && parsed <= most) return parsed;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** How many there are of something that there must be. */
export const count = whole(1, 1_000_000_000);

function positive(most: number) {
  return (value: string): number => {
    const parsed = numberOf(value);
    if (parsed > 0 && parsed <= most) return parsed;
    throw new InvalidArgumentError(`It must be more than 0, and ${most} at most.`);
  };
}

/** Node's timers hold no more: beyond it they fire at once. */
const MOST_SECONDS = 2_147_483;
const seconds = positive(MOST_SECONDS);

function secondsOrNone(value: string): number {
  const parsed = numberOf(value);
  if (parsed >= 0 && parsed <= MOST_SECONDS) return parsed;
  throw new InvalidArgumentError(`It must be from 0 to ${MOST_SECONDS}.`);
}

const megabytes = positive(1_000_000);
/** Longer than a batch may take. */
const waitMs = whole(0, 60_000);
