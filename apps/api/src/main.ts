/** otzyv-api: flags in, a server out. Logs are JSON lines on stdout; reviews are in none of them. */
import { isIP } from 'node:net';
import { OtzyvError } from '@otzyv/core';
import type { DtypeName, OnnxDevice } from '@otzyv/trainer';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { pino } from 'pino';
import type { ApiKey } from './auth/keys.ts';
import type { ModelSpec } from './models/model-service.ts';
import { DEFAULT_LIMITS } from './request-limits.ts';
import { type ServerListener, startServer } from './server.ts';
import { API_VERSION } from './version.ts';

const DTYPES = ['float32', 'int8', 'fp32', 'q8'] satisfies DtypeName[];
const DEVICES = ['cpu', 'webgpu', 'cuda'] satisfies OnnxDevice[];

interface ServeFlags {
  model: string[];
  host: string;
  port: number;
  runs?: string;
  keys?: string;
  cors: string[];
  feedback?: string;
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

const program = new Command('otzyv-api')
  .description('Serve review classifiers over HTTP.')
  .version(API_VERSION, '-V, --version')
  .option(
    '--model <[name=]folder>',
    'a run, a model folder or a hub id; several: the first is the default',
    gather,
    [],
  )
  .option('--runs <folder>', 'the folder whose trainings are shown, live')
  .option('--host <address>', 'where to listen; beyond this machine keys are needed', '127.0.0.1')
  .option('--port <n>', '0: any that is free', whole, 8000)
  .option('--keys <file>', 'API keys; make them with otzyv-api keys add')
  .option('--cors <origin>', 'that browsers may ask from, or *; may be repeated', gather, [])
  .option('--feedback <place>', 'keep corrected labels in a file of SQLite, or in a PostgreSQL by its URL')
  .option('--workers <n>', 'threads with a copy of the model each', positive, 1)
  .option('--threads <n>', 'of each worker (default: all cores between them)', positive)
  .addOption(
    new Option('--dtype <name>', 'int8 needs a model that was exported so')
      .choices(DTYPES)
      .default('float32'),
  )
  .addOption(new Option('--device <name>', 'where a BERT answers').choices(DEVICES).default('cpu'))
  .option('--batch-tokens <n>', 'tokens answered together', positive, 4096)
  .option('--max-wait-ms <n>', 'how long an idle worker waits for a batch to fill', whole, 0)
  .option('--max-queued-texts <n>', 'more are refused with 503 and Retry-After', positive, 10_000)
  .option('--max-texts <n>', 'in one request', positive, DEFAULT_LIMITS.maxTexts)
  .option('--max-text-length <n>', 'characters of one text', positive, DEFAULT_LIMITS.maxTextLength)
  .option('--max-body-mb <n>', 'megabytes of one request', positive, DEFAULT_LIMITS.maxBodyBytes / 2 ** 20)
  .option(
    '--timeout-seconds <n>',
    'after which a request is given up',
    positive,
    DEFAULT_LIMITS.timeoutMs / 1000,
  )
  .option('--drain-seconds <n>', 'how long a stopped server still takes requests, unready', atLeastZero, 0)
  .option('--log-level <name>', 'trace, debug, info, warn, error or silent', 'info')
  .enablePositionalOptions() // keys add has a --keys of its own
  .exitOverride()
  .configureOutput({ writeErr: () => undefined })
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv-api --model runs/first
  $ otzyv-api --model reviews=runs/micro --model fast=runs/linear --port 8080
  $ otzyv-api keys add shop --keys keys.json && otzyv-api --model runs/first --host 0.0.0.0 --keys keys.json

Then see http://127.0.0.1:8000/docs. SIGTERM and Ctrl-C answer what was accepted, and end.`,
  )
  .action(serve);

program
  .command('keys')
  .description('API keys.')
  .command('add <name>')
  .description('make a key, add its hash to the file, and print it: nothing remembers it')
  .requiredOption('--keys <file>', 'the file, made if it is not there')
  .option('--requests-per-minute <n>', 'how often it may ask', positive)
  .action(async (name: string, { keys, requestsPerMinute }: { keys: string; requestsPerMinute?: number }) => {
    const { addKey } = await import('./auth/keys.ts');
    process.stdout.write(`${await addKey(keys, name, requestsPerMinute)}\n`);
  });

async function serve(flags: ServeFlags): Promise<void> {
  const log = pino({ level: flags.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const keys = flags.keys === undefined ? undefined : await keysOf(flags.keys);
  if (keys === undefined && !isLoopback(flags.host)) {
    throw new OtzyvError(
      'options.keys',
      `everybody who reaches ${flags.host} could ask`,
      'Make a key (otzyv-api keys add NAME --keys FILE) and give the file with --keys.',
    );
  }
  const listen: ServerListener = ({ type, ...event }) => {
    if (type === 'request') log[levelOf(event as { status: number })](event, 'request');
    else if (type === 'model.reloaded') log.info(event, 'model reloaded');
    else log.error(event, 'a changed model could not be loaded; the one before goes on');
  };
  const server = await startServer({
    models: specsOf(flags),
    limits: {
      maxBodyBytes: flags.maxBodyMb * 2 ** 20,
      maxTexts: flags.maxTexts,
      maxTextLength: flags.maxTextLength,
      timeoutMs: flags.timeoutSeconds * 1000,
    },
    ...(keys !== undefined && { keys }),
    ...(flags.feedback !== undefined && { feedback: flags.feedback }),
    corsOrigins: flags.cors,
    ...(flags.runs !== undefined && { runs: flags.runs }),
    ...{ host: flags.host, port: flags.port, refreshMs: 2000, drainMs: flags.drainSeconds * 1000, listen },
  });
  log.info({ url: server.url, models: flags.model }, 'ready');
  const stop = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'closing: what was accepted is answered');
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error }, 'closing failed');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

/** What reads them is loaded only where there are any: see server.ts. */
async function keysOf(path: string): Promise<ApiKey[]> {
  const { readKeys } = await import('./auth/keys.ts');
  return readKeys(path);
}

function specsOf(flags: ServeFlags): ModelSpec[] {
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

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function levelOf({ status }: { status: number }): 'info' | 'warn' | 'error' {
  return status >= 500 && status !== 503 ? 'error' : status >= 400 ? 'warn' : 'info';
}

function gather(value: string, before: string[]): string[] {
  return [...before, value];
}

function whole(value: string): number {
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < 0) throw new InvalidArgumentError('It must be a whole number.');
  return parsed;
}

function atLeastZero(value: string): number {
  const parsed = Number(value);
  if (!(parsed >= 0)) throw new InvalidArgumentError('It must be zero or more.');
  return parsed;
}

function positive(value: string): number {
  const parsed = Number(value);
  if (!(parsed > 0)) throw new InvalidArgumentError('It must be more than zero.');
  return parsed;
}

/** What went wrong, what to do, and a code to search for. */
function printError(error: unknown): void {
  const lines =
    error instanceof OtzyvError
      ? [error.message, error.hint, error.code]
      : error instanceof CommanderError
        ? [
            error.message.replace(/^error: /, '').replace('\n', ' '),
            'Add --help to see the options.',
            'options.usage',
          ]
        : [error instanceof Error ? error.stack : String(error), 'Please report it.', 'internal.fault'];
  process.stderr.write(`error ${lines[0]}\n help ${lines[1]}\n code ${lines[2]}\n`);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exit(0);
  printError(error);
  process.exit(error instanceof OtzyvError || error instanceof CommanderError ? 2 : 1);
}
