/**
 * Bundles the monitor: Ink and what it needs are six hundred small modules, and opening each takes longer than reading a long log. Labelling
 * stays as it was compiled: it loads models, and those bring files and engines that no bundle can hold.
 */

import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

await rm(at('../dist/otzyv-tui'), { recursive: true, force: true });
await build({
  input: { 'otzyv-tui': at('../dist/main.js') },
  platform: 'node',
  // Ink asks for its developers' tools where DEV is set, and says so where they are not there
  external: [at('../dist/label/label-command.js'), 'react-devtools-core'],
  transform: { define: { 'process.env.NODE_ENV': '"production"' } }, // without React's messages for developers
  output: {
    dir: at('../dist'),
    entryFileNames: '[name].js',
    chunkFileNames: 'otzyv-tui/[name].js',
    format: 'esm',
    comments: { legal: true, annotation: false, jsdoc: false },
  },
  logLevel: 'warn',
});
