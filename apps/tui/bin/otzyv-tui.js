#!/usr/bin/env node
import { existsSync } from 'node:fs';
import * as module from 'node:module';

const main = new URL('../dist/otzyv-tui.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('otzyv-tui is not built yet.\nRun: npm run build\n');
  process.exit(1);
}
module.enableCompileCache?.(); // of Node 22 and later
await import(main.href);
