/** otzyv-tui: a monitor of trainings for the terminal. This file reads what was typed; the screens load when they are needed. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { OtzyvError } from '@otzyv/core';
import { Command, CommanderError } from 'commander';
import { exitCodeOf, printError } from './errors.ts';
import { TRAINING_COMMANDS } from './launch.ts';
import { requireTerminal } from './terminal/require-terminal.ts';
import type { Looking } from './ui-state.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

interface Flags {
  url?: string;
  apiKey?: string;
  ascii?: boolean;
}

const program = new Command('otzyv-tui')
  .description('Watch and steer trainings from the terminal. Leaving it never stops a training.')
  .argument('[folder...]', 'a run, or a folder of runs (default: runs); several runs are compared')
  .option('--url <address>', 'watch the runs of another machine: its otzyv-api, started with --runs')
  .option('--api-key <key>', 'for --url, where keys are asked for (default: OTZYV_API_KEY)')
  .option('--ascii', 'draw with ASCII only; also where the locale is not UTF-8 and where TERM is dumb')
  .version(version, '-V, --version')
  .exitOverride()
  .configureOutput({ writeErr: () => undefined })
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv-tui                                     the runs in runs, those that go on first
  $ otzyv-tui runs/tiny                           one of them
  $ otzyv-tui runs/tiny runs/micro                two, over one another
  $ otzyv-tui -- train --train reviews.csv --model micro --output runs/micro
                                                  begins a training and watches it
  $ otzyv-tui --url http://gpu-box:8000           the runs of another machine
  $ otzyv-tui label reviews.csv --model runs/tiny labels reviews, the least certain first

Every key is shown by ?. Colours go with NO_COLOR.
Exit codes: 0 left, 1 failed, 2 usage, or no terminal`,
  )
  .action(watch);

const WITHOUT_TERMINAL = 'Scripts read events.jsonl in the folder of a run, or GET /v1/runs of otzyv-api.';

async function watch(folders: string[], flags: Flags): Promise<void> {
  requireTerminal('the monitor', WITHOUT_TERMINAL);
  const { fileRuns, apiRuns, monitor } = await screens();
  const options = { isAscii: flags.ascii === true };
  if (flags.url !== undefined) {
    const source = apiRuns(flags.url, { apiKey: flags.apiKey ?? process.env['OTZYV_API_KEY'] });
    await source.list(); // an address that is wrong is said on the terminal, not on a screen
    const [id] = folders;
    return monitor(
      source,
      id === undefined ? { at: 'runs' } : { at: 'run', id: id.replaceAll('/', ':') },
      options,
    );
  }
  const { findRuns } = await import('@otzyv/trainer/runs');
  const roots = folders.length === 0 ? ['runs'] : folders;
  const found = await Promise.all(roots.map(findRuns));
  for (const [at, root] of roots.entries()) {
    const isRun = found[at]?.length === 1 && found[at][0]?.folder === root;
    if (!existsSync(root) || (roots.length > 1 && !isRun)) missing(root);
  }
  const [only] = found[0] ?? [];
  const start: Looking =
    roots.length > 1
      ? { at: 'compare', ids: roots }
      : only !== undefined && only.folder === roots[0]
        ? { at: 'run', id: only.id }
        : { at: 'runs' };
  await monitor(fileRuns(roots), start, options);
}

async function beginAndWatch(args: readonly string[]): Promise<void> {
  requireTerminal('the monitor', WITHOUT_TERMINAL);
  const { launch, saidIn, untilBegun } = await import('./launch.ts');
  const launched = launch(args);
  process.stderr.write(`beginning: otzyv ${args.join(' ')}\n`);
  await untilBegun(launched);
  await watch([launched.folder], {});
  const code = launched.exitCode();
  if (code === undefined)
    process.stderr.write(
      `The training goes on (process ${launched.pid}). Watch it again: npx otzyv-tui ${launched.folder}\nWhat it says: ${launched.outputFile}\n`,
    );
  else process.stderr.write(`${saidIn(launched.outputFile)}\n`);
  process.exitCode = code ?? 0;
}

async function screens() {
  // React's messages for developers cost a third of the time
  process.env['NODE_ENV'] ??= 'production';
  const [{ fileRuns }, { apiRuns }, { monitor }] = await Promise.all([
    import('./reader/file-runs.ts'),
    import('./reader/api-runs.ts'),
    import('./monitor.tsx'),
  ]);
  return { fileRuns, apiRuns, monitor };
}

function missing(folder: string): never {
  throw new OtzyvError(
    'run.unknown',
    `there is no run, and no folder of runs, at ${folder}`,
    'Name the folder that was given as --output, or the one that it lies in.',
  );
}

const typed = process.argv.slice(2);
const dashes = typed.indexOf('--');
try {
  if (typed[0] === 'label') {
    const { runLabelling } = await import('./label/label-command.tsx');
    process.exitCode = await runLabelling(typed.slice(1));
  } else if (dashes >= 0) await beginAndWatch(typed.slice(dashes + 1));
  // npm may have kept the dashes to itself
  else if (TRAINING_COMMANDS.includes(typed[0] ?? '') && !existsSync(typed[0] as string))
    await beginAndWatch(typed);
  else await program.parseAsync(typed, { from: 'user' });
} catch (error) {
  // help and version are how commander ends a run that went well
  if (error instanceof CommanderError && error.exitCode === 0) process.exit(0);
  printError(error);
  process.exitCode = exitCodeOf(error);
}
