/** otzyv-api: flags in, a server out. Logs are JSON lines on stdout; reviews are in none of them. */
import { isIP } from 'node:net';
import { OtzyvError } from '@otzyv/core';
import { Command, CommanderError } from 'commander';
import type { ApiKey } from './auth/keys.ts';
import { count, HOUR_MS, type ServeFlags, specsOf, withServeFlags } from './flags.ts';
import type { RequestReport } from './http/observe.ts';
import { openLog } from './log.ts';
import { type ServerListener, startServer } from './server.ts';
import { API_VERSION } from './version.ts';

const program = withServeFlags(new Command('otzyv-api'))
  .description('Serve review classifiers over HTTP.')
  .version(API_VERSION, '-V, --version')
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
  .option('--requests-per-minute <n>', 'how often it may ask', count)
  .action(async (name: string, { keys, requestsPerMinute }: { keys: string; requestsPerMinute?: number }) => {
    const { addKey } = await import('./auth/keys.ts');
    process.stdout.write(`${await addKey(keys, name, requestsPerMinute)}\n`);
  });

async function serve(flags: ServeFlags): Promise<void> {
  const log = openLog(flags.logLevel);
  const keys = flags.keys === undefined ? undefined : await keysOf(flags.keys);
  if (keys === undefined && !isLoopback(flags.host)) {
    throw new OtzyvError(
      'options.keys',
      `everybody who reaches ${flags.host} could ask`,
      'Make a key (otzyv-api keys add NAME --keys FILE) and give the file with --keys.',
    );
  }
  const listen: ServerListener = ({ type, ...event }) => {
    if (type === 'request') log[levelOf(event as RequestReport)](event, 'request');
    else if (type === 'model.reloaded') log.info(event, 'model reloaded');
    else if (type === 'batch.failed') log.error(event, 'a batch has failed');
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
    ...(flags.data !== undefined && { data: flags.data }),
    ...(flags.feedback !== undefined && { feedback: flags.feedback }),
    batchLimits: {
      maxBytes: flags.maxBatchMb * 2 ** 20,
      maxUnfinished: flags.maxBatches,
      keepMs: flags.keepBatchesHours * HOUR_MS,
    },
    corsOrigins: flags.cors,
    ...(flags.runs !== undefined && { runs: flags.runs }),
    ...{ host: flags.host, port: flags.port, refreshMs: 2000, drainMs: flags.drainSeconds * 1000, listen },
  });
  const stop = (signal: NodeJS.Signals) => {
    for (const one of SIGNALS) process.off(one, stop); // the next ends it at once
    log.info({ signal }, 'closing: what was accepted is answered');
    log.flush();
    server
      .close()
      .then(
        () => 0,
        (error: unknown) => {
          log.error({ error }, 'closing failed');
          return 1;
        },
      )
      .then((code) => log.flush(() => process.exit(code)));
  };
  for (const one of SIGNALS) process.on(one, stop);
  log.info({ url: server.url, models: flags.model }, 'ready');
  log.flush();
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** What reads them is loaded only where there are any: see server.ts. */
async function keysOf(path: string): Promise<ApiKey[]> {
  const { readKeys } = await import('./auth/keys.ts');
  return readKeys(path);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function levelOf({ status, error }: RequestReport): 'info' | 'warn' | 'error' {
  return error !== undefined ? 'error' : status >= 400 ? 'warn' : 'info';
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
