/** otzyv-tui: a monitor of trainings for the terminal. This file reads what was typed; the screens load when they are needed. */
import { createRequire } from 'node:module';
import { Command } from 'commander';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

const program = new Command('otzyv-tui')
  .description('Watch and steer trainings from the terminal.')
  .version(version, '-V, --version');
await program.parseAsync();
